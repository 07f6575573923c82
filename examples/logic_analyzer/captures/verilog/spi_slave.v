// An SPI slave that answers one known command with three bytes, as an identification register does.
module spi_slave #(
    parameter        CPOL    = 0,
    parameter        CPHA    = 0,
    parameter  [7:0] COMMAND = 8'h9F,
    parameter [23:0] ANSWER  = 24'hEF4018
) (
    input  cs,
    input  sclk,
    input  mosi,
    output miso
);
    reg  [7:0] in, out;
    reg [23:0] answer;
    reg  [2:0] count;  // bits taken of the word under way
    reg        bit_out;

    // Rises at the edge that samples, in every mode.
    wire sample = sclk ^ (CPOL != 0) ^ (CPHA != 0);

    // Nobody drives the line of a device that is not selected; the pull-up of the board does.
    assign miso = cs ? 1'bz : bit_out;

    initial count = 0;

    always @(negedge cs) begin
        count   = 0;
        bit_out = 0;
        out     = 0;
        answer  = 0;
    end

    always @(posedge sample)
        if (!cs) begin
            in    = {in[6:0], mosi};
            count = count + 1;
            if (count == 0 && in == COMMAND) answer = ANSWER;
        end

    always @(negedge sample)
        if (!cs) begin
            if (count == 0) {out, answer} = {answer, 8'h00};
            // The device takes a moment to answer.
            bit_out <= #30 out[7];
            out = out << 1;
        end
endmodule
