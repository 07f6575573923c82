// The default capture: a UART, an SPI flash and an I2C thermometer, all talking at once.
`timescale 1ns / 1ns
module bench;
    integer log;
    reg     clk = 0;
    always #10 clk = !clk;

    // The UART.
    reg        uart_go = 0, uart_bad_stop = 0;
    reg  [7:0] uart_data = 0;
    wire       uart_busy, uart_line, uart_tx;
    uart_tx uart (clk, uart_go, uart_data, uart_bad_stop, uart_line, uart_busy);
    `include "uart_tasks.vh"

    // The SPI flash, mode 0: the command 9F asks for its identification.
    reg        spi_select = 0, spi_go = 0;
    reg  [7:0] spi_data = 0;
    wire [7:0] spi_answer;
    wire       spi_busy, cs, sclk, mosi, miso;
    wire       spi_cs, spi_sclk, spi_mosi, spi_miso;
    pullup (miso);
    spi_master master (clk, spi_select, spi_go, spi_data, spi_answer, spi_busy, cs, sclk, mosi, miso);
    spi_slave flash (cs, sclk, mosi, miso);
    `include "spi_tasks.vh"

    // The thermometer at 48: register 00 holds 25.5 degrees as 19 80.
    reg        i2c_go = 0, i2c_last = 0;
    reg  [1:0] i2c_what = 0;
    reg  [7:0] i2c_data = 0;
    wire [7:0] i2c_got;
    wire       i2c_nack, i2c_busy, scl, sda;
    wire       i2c_scl, i2c_sda;
    pullup (scl);
    pullup (sda);
    i2c_master controller (clk, i2c_go, i2c_what, i2c_data, i2c_last, i2c_got, i2c_nack, i2c_busy, scl, sda);
    i2c_slave #(.ADDRESS(7'h48)) thermometer (scl, sda);
    `include "i2c_tasks.vh"

    // The probe leads of the analyzer. The devices see clean lines; the capture does not.
    glitches #(.SEED(11)) lead0 (uart_line, uart_tx);
    glitches #(.SEED(12)) lead1 (cs, spi_cs);
    glitches #(.SEED(13)) lead2 (sclk, spi_sclk);
    glitches #(.SEED(14)) lead3 (mosi, spi_mosi);
    glitches #(.SEED(15)) lead4 (miso, spi_miso);
    glitches #(.SEED(16)) lead5 (scl, i2c_scl);
    glitches #(.SEED(17)) lead6 (sda, i2c_sda);

    reg [8*11-1:0] text = {"plugstate", 8'h0D, 8'h0A};
    integer        at;

    initial begin
        log = $fopen("bench.sent");
        $dumpfile("bench.vcd");
        $dumpvars(0, uart_tx, spi_cs, spi_sclk, spi_mosi, spi_miso, i2c_scl, i2c_sda);
        thermometer.registers[0] = 8'h19;
        thermometer.registers[1] = 8'h80;
        fork
            begin : the_uart
                #20000;
                for (at = 10; at >= 0; at = at - 1) uart_send(text[8*at+:8], 0);
                #50000 uart_send(8'h21, 1);  // a framing error
                #50000 uart_send(8'h4F, 0);
                uart_send(8'h4B, 0);
            end
            begin : the_spi
                #60000 spi_select = 1;
                #1000;
                spi_word(8'h9F);
                spi_word(8'h00);
                spi_word(8'h00);
                spi_word(8'h00);
                #1000 spi_select = 0;
                #200000 spi_select = 1;
                #1000 spi_abort(8'hA5, 5200);  // five bits, then the flash is let go
                #100000 spi_select = 1;
                #1000;
                spi_word(8'h06);
                #1000 spi_select = 0;
            end
            begin : the_i2c
                #40000;
                i2c_start;
                i2c_address(7'h48, 0);
                i2c_write(8'h00);
                i2c_restart;
                i2c_address(7'h48, 1);
                i2c_read(0);
                i2c_read(1);
                i2c_stop;
                #60000;
                i2c_start;
                i2c_address(7'h2A, 0);  // nobody lives there
                i2c_stop;
                #60000;
                i2c_start;
                i2c_address(7'h48, 0);
                i2c_write(8'h01);
                i2c_write(8'h60);
                i2c_stop;
            end
        join
        #100000 $finish(0);
    end
endmodule
