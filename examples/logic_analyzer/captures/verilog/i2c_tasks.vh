// What a bench says to its I2C master, one task for each thing; each is written to the log when it is done.
task i2c(input [1:0] what, input [7:0] data, input last);
    begin
        @(posedge clk);
        i2c_what <= what;
        i2c_data <= data;
        i2c_last <= last;
        i2c_go   <= 1;
        @(posedge clk) i2c_go <= 0;
        @(posedge clk);
        while (i2c_busy) @(posedge clk);
    end
endtask

task i2c_start;
    begin
        i2c(0, 0, 0);
        $fdisplay(log, "%0d i2c start", $time);
    end
endtask

task i2c_restart;
    begin
        i2c(0, 0, 0);
        $fdisplay(log, "%0d i2c restart", $time);
    end
endtask

task i2c_address(input [6:0] address, input read);
    begin
        i2c(1, {address, read}, 0);
        $fdisplay(log, "%0d i2c %0s %h %0s", $time, read ? "read" : "write", address, i2c_nack ? "nack" : "ack");
    end
endtask

task i2c_write(input [7:0] data);
    begin
        i2c(1, data, 0);
        $fdisplay(log, "%0d i2c data %h %0s", $time, data, i2c_nack ? "nack" : "ack");
    end
endtask

task i2c_read(input last);
    begin
        i2c(2, 0, last);
        $fdisplay(log, "%0d i2c data %h %0s", $time, i2c_got, last ? "nack" : "ack");
    end
endtask

task i2c_stop;
    begin
        i2c(3, 0, 0);
        $fdisplay(log, "%0d i2c stop", $time);
    end
endtask
