// A board with two sensors: an accelerometer on SPI in mode 3, a barometer on I2C.
`timescale 1ns / 1ns
module sensor;
    integer log;
    reg     clk = 0;
    always #10 clk = !clk;

    // The accelerometer: 80 reads the register 00, which holds its name, E5, and the two after it.
    reg        spi_select = 0, spi_go = 0;
    reg  [7:0] spi_data = 0;
    wire [7:0] spi_answer;
    wire       spi_busy, cs, sclk, mosi, miso;
    wire       spi_cs, spi_sclk, spi_mosi, spi_miso;
    pullup (miso);
    spi_master #(.CPOL(1), .CPHA(1)) master (
        clk, spi_select, spi_go, spi_data, spi_answer, spi_busy, cs, sclk, mosi, miso
    );
    spi_slave #(
        .CPOL(1), .CPHA(1), .COMMAND(8'h80), .ANSWER(24'hE51B03)
    ) accelerometer (cs, sclk, mosi, miso);
    `include "spi_tasks.vh"

    // The barometer at 76: register D0 holds its name, 58, and cannot be written.
    reg        i2c_go = 0, i2c_last = 0;
    reg  [1:0] i2c_what = 0;
    reg  [7:0] i2c_data = 0;
    wire [7:0] i2c_got;
    wire       i2c_nack, i2c_busy, scl, sda;
    wire       i2c_scl, i2c_sda;
    pullup (scl);
    pullup (sda);
    i2c_master #(.QUARTER(31)) controller (  // 403 kHz
        clk, i2c_go, i2c_what, i2c_data, i2c_last, i2c_got, i2c_nack, i2c_busy, scl, sda
    );
    i2c_slave #(.ADDRESS(7'h76), .READ_ONLY_FROM(9'h0D0)) barometer (scl, sda);
    `include "i2c_tasks.vh"

    glitches #(.SEED(21)) lead1 (cs, spi_cs);
    glitches #(.SEED(22)) lead2 (sclk, spi_sclk);
    glitches #(.SEED(23)) lead3 (mosi, spi_mosi);
    glitches #(.SEED(24)) lead4 (miso, spi_miso);
    glitches #(.SEED(25)) lead5 (scl, i2c_scl);
    glitches #(.SEED(26)) lead6 (sda, i2c_sda);

    initial begin
        log = $fopen("sensor.sent");
        $dumpfile("sensor.vcd");
        $dumpvars(0, spi_cs, spi_sclk, spi_mosi, spi_miso, i2c_scl, i2c_sda);
        barometer.registers[8'hD0] = 8'h58;
        barometer.registers[8'hF7] = 8'h65;
        barometer.registers[8'hF8] = 8'h5A;
        barometer.registers[8'hF9] = 8'hC0;
        fork
            begin : the_spi
                #30000 spi_select = 1;
                #1000;
                spi_word(8'h80);
                spi_word(8'h00);
                spi_word(8'h00);
                spi_word(8'h00);
                #1000 spi_select = 0;
                #50000 spi_select = 1;
                #1000;
                spi_word(8'h2D);
                spi_word(8'h08);
                #1000 spi_select = 0;
            end
            begin : the_i2c
                #20000;
                i2c_start;
                i2c_address(7'h76, 0);
                i2c_write(8'hD0);
                i2c_restart;
                i2c_address(7'h76, 1);
                i2c_read(1);
                i2c_stop;
                #30000;
                i2c_start;
                i2c_address(7'h76, 0);
                i2c_write(8'hD0);
                i2c_write(8'h00);  // read-only: not acknowledged
                i2c_stop;
                #30000;
                i2c_start;
                i2c_address(7'h76, 0);
                i2c_write(8'hF7);
                i2c_restart;
                i2c_address(7'h76, 1);
                i2c_read(0);
                i2c_read(0);
                i2c_read(1);
                i2c_stop;
            end
        join
        #50000 $finish(0);
    end
endmodule
