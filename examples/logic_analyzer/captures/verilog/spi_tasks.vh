// What a bench says to its SPI master; each word is written to the log when it is done.
task spi_word(input [7:0] data);
    begin
        @(posedge clk);
        spi_data <= data;
        spi_go   <= 1;
        @(posedge clk) spi_go <= 0;
        @(posedge clk);
        while (spi_busy) @(posedge clk);
        $fdisplay(log, "%0d spi %h %h", $time, data, spi_answer);
    end
endtask

// A planted fault: chip select is let go while the word is still under way.
task spi_abort(input [7:0] data, input integer after_ns);
    begin
        @(posedge clk);
        spi_data <= data;
        spi_go   <= 1;
        @(posedge clk) spi_go <= 0;
        #(after_ns) spi_select <= 0;
        $fdisplay(log, "%0d spi aborted", $time);
    end
endtask
