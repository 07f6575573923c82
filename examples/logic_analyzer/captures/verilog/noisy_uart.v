// A long UART lead beside a motor: dense and longer pulses, false starts and a framing error.
`timescale 1ns / 1ns
module noisy_uart;
    integer log;
    reg     clk = 0;
    always #10 clk = !clk;

    reg        uart_go = 0, uart_bad_stop = 0, sag = 0;
    reg  [7:0] uart_data = 0;
    wire       uart_busy, uart_line, uart_tx;
    uart_tx uart (clk, uart_go, uart_data, uart_bad_stop, uart_line, uart_busy);
    `include "uart_tasks.vh"

    glitches #(
        .SEED(115200), .MIN_GAP(1500), .MAX_GAP(9000), .MIN_NS(20), .MAX_NS(400)
    ) lead (uart_line && !sag, uart_tx);

    reg [8*21-1:0] first = "the motor is running ";
    reg [8*17-1:0] second = "and still we talk";
    integer        at;

    // A planted fault: the line sags for less than half a bit, which looks like a start bit that is not one.
    task false_start(input integer ns);
        begin
            sag = 1;
            #(ns) sag = 0;
            $fdisplay(log, "%0d uart false start", $time);
        end
    endtask

    initial begin
        log = $fopen("noisy_uart.sent");
        $dumpfile("noisy_uart.vcd");
        $dumpvars(0, uart_tx);
        #30000 false_start(2500);
        #40000;
        for (at = 20; at >= 0; at = at - 1) uart_send(first[8*at+:8], 0);
        #30000 uart_send(8'h55, 1);  // a framing error
        #60000 false_start(3500);
        #30000;
        for (at = 16; at >= 0; at = at - 1) uart_send(second[8*at+:8], 0);
        uart_send(8'h0D, 0);
        uart_send(8'h0A, 0);
        #100000 $finish(0);
    end
endmodule
