// A UART transmitter: one start bit, eight data bits (least significant first), no parity, one stop bit.
module uart_tx #(
    parameter CLOCKS_PER_BIT = 434  // 50 MHz / 434 = 115,207 baud: a real divider is never exact
) (
    input            clk,
    input            go,        // sends `data` when the transmitter is not busy
    input      [7:0] data,
    input            bad_stop,  // a planted fault: the stop bit of this byte is low
    output reg       tx,
    output reg       busy
);
    reg  [9:0] shift;
    reg  [3:0] left;
    reg [15:0] timer;

    initial begin
        tx   = 1;
        busy = 0;
    end

    always @(posedge clk)
        if (!busy) begin
            tx <= 1;
            if (go) begin
                shift <= {!bad_stop, data, 1'b0};
                left  <= 10;
                timer <= 0;
                busy  <= 1;
            end
        end else if (timer != 0) begin
            timer <= timer - 1;
        end else if (left != 0) begin
            tx    <= shift[0];
            shift <= shift >> 1;
            left  <= left - 1;
            timer <= CLOCKS_PER_BIT - 1;
        end else begin
            tx   <= 1;
            busy <= 0;
        end
endmodule
