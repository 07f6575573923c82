// An I2C master that does one thing at a time: a start, a byte written, a byte read or a stop.
module i2c_master #(
    parameter QUARTER = 125  // clocks in a quarter of a bit: 50 MHz / 500 = 100 kHz
) (
    input            clk,
    input            go,
    input      [1:0] what,  // START, WRITE, READ or STOP
    input      [7:0] data,  // the byte to write
    input            last,  // the byte that is read is the last one: answer it with a NACK
    output reg [7:0] got,   // the byte that was read
    output reg       nack,  // the byte that was written was not acknowledged
    output reg       busy,
    inout            scl,
    inout            sda
);
    localparam START = 0, WRITE = 1, READ = 2, STOP = 3;

    reg       scl_low, sda_low;  // open drain: a line is pulled low or let go, never driven high
    reg [7:0] shift;
    reg [3:0] cell_no;           // of a byte: eight bits and the acknowledgement
    reg [1:0] quarter;
    reg [7:0] timer;

    assign scl = scl_low ? 1'b0 : 1'bz;
    assign sda = sda_low ? 1'b0 : 1'bz;

    wire is_byte   = what == WRITE || what == READ;
    wire last_cell = !is_byte || cell_no == 8;

    initial begin
        scl_low = 0;
        sda_low = 0;
        busy    = 0;
        nack    = 0;
    end

    always @(posedge clk)
        if (!busy) begin
            if (go) begin
                busy    <= 1;
                shift   <= data;
                cell_no <= 0;
                quarter <= 0;
                timer   <= QUARTER - 1;
            end
        end else if (timer != 0) begin
            timer <= timer - 1;
        end else begin
            timer   <= QUARTER - 1;
            quarter <= quarter + 1;
            case (quarter)
                0:  // the clock is low (or the bus is free): the time to move the data line
                case (what)
                    START: sda_low <= 0;
                    STOP:  sda_low <= 1;
                    WRITE: sda_low <= cell_no < 8 && !shift[7];
                    READ:  sda_low <= cell_no == 8 && !last;
                endcase
                1: scl_low <= 0;
                2:  // the clock is high: a moving data line is a start or a stop
                case (what)
                    START: sda_low <= 1;
                    STOP:  sda_low <= 0;
                    default:
                    if (cell_no < 8) shift <= {shift[6:0], sda};
                    else if (what == WRITE) nack <= sda;
                endcase
                3: begin
                    scl_low <= what != STOP;
                    cell_no <= cell_no + 1;
                    if (last_cell) begin
                        busy <= 0;
                        got  <= shift;
                    end
                end
            endcase
        end
endmodule
