// What a bench says to its UART transmitter; each byte is written to the log when its stop bit is over.
task uart_send(input [7:0] data, input bad_stop);
    begin
        @(posedge clk);
        uart_data     <= data;
        uart_bad_stop <= bad_stop;
        uart_go       <= 1;
        @(posedge clk) uart_go <= 0;
        @(posedge clk);
        while (uart_busy) @(posedge clk);
        $fdisplay(log, "%0d uart %h %0s", $time, data, bad_stop ? "framing" : "ok");
    end
endtask
