// An SPI master for eight-bit words, most significant bit first, in any of the four modes.
module spi_master #(
    parameter CPOL = 0,
    parameter CPHA = 0,
    parameter HALF = 25  // clocks in half a period: 50 MHz / 50 = 1 MHz
) (
    input            clk,
    input            select,  // chip select is held while this is high; letting go in mid-word aborts the word
    input            go,      // exchanges one word when the master is not busy
    input      [7:0] data,
    output reg [7:0] answer,
    output reg       busy,
    output reg       cs,
    output reg       sclk,
    output reg       mosi,
    input            miso
);
    reg [7:0] shift;
    reg [4:0] half;  // half periods done: 16 edges, then one of rest
    reg [7:0] timer;

    // The edge away from rest comes first; CPHA says whether that one samples or shifts.
    wire leading  = !half[0];
    wire sampling = leading ^ (CPHA != 0);

    initial begin
        busy = 0;
        cs   = 1;
        sclk = CPOL;
        mosi = 0;
    end

    always @(posedge clk) begin
        cs <= !select;
        if (!select) begin
            busy <= 0;
            sclk <= CPOL;
            mosi <= 0;
        end else if (!busy) begin
            if (go) begin
                busy  <= 1;
                half  <= 0;
                timer <= HALF - 1;
                if (CPHA) shift <= data;
                else {mosi, shift} <= {data, 1'b0};
            end
        end else if (timer != 0) begin
            timer <= timer - 1;
        end else if (half == 16) begin
            busy <= 0;
        end else begin
            sclk  <= !sclk;
            half  <= half + 1;
            timer <= HALF - 1;
            if (sampling) answer <= {answer[6:0], miso};
            else {mosi, shift} <= {shift, 1'b0};
        end
    end
endmodule
