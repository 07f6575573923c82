// An I2C slave with 256 registers: write a register's number, then write its bytes or, after a repeated start, read them.
module i2c_slave #(
    parameter [6:0] ADDRESS        = 7'h48,
    parameter [8:0] READ_ONLY_FROM = 9'h100  // a byte written to a register from here on is not acknowledged
) (
    inout scl,
    inout sda
);
    localparam IDLE = 0, ADDRESSED = 1, POINTER = 2, WRITTEN = 3, READ = 4;

    reg [7:0] registers[0:255];
    reg [7:0] pointer, shift, out;
    reg [3:0] count;  // bits of the byte under way; the ninth is the acknowledgement
    reg [2:0] phase;
    reg sda_low, was_scl, was_sda, accept, nacked;

    assign sda = sda_low ? 1'b0 : 1'bz;

    initial begin
        phase   = IDLE;
        count   = 0;
        sda_low = 0;
        was_scl = 1;
        was_sda = 1;
    end

    always @(scl, sda) begin
        if (scl && was_scl && was_sda && !sda) begin  // a start, or a repeated one
            phase = ADDRESSED;
            count = 0;
        end else if (scl && was_scl && !was_sda && sda) begin  // a stop
            phase = IDLE;
        end else if (scl && !was_scl) begin
            if (count < 8) shift = {shift[6:0], sda};
            else nacked = sda;
            count = count + 1;
        end else if (!scl && was_scl) begin
            clock_fell;
        end
        was_scl = scl;
        was_sda = sda;
    end

    // The data line moves only here, 200 ns after the clock fell: the hold time.
    task clock_fell;
        if (phase == IDLE) begin
            sda_low <= #200 0;
        end else if (count == 8) begin
            accept = 0;
            case (phase)
                ADDRESSED: accept = shift[7:1] == ADDRESS;
                POINTER: begin
                    accept  = 1;
                    pointer = shift;
                end
                WRITTEN: begin
                    accept = pointer < READ_ONLY_FROM;
                    if (accept) registers[pointer] = shift;
                    pointer = pointer + 1;
                end
            endcase
            sda_low <= #200 accept;
        end else if (count == 9) begin
            count = 0;
            case (phase)
                ADDRESSED: phase = !accept ? IDLE : shift[0] ? READ : POINTER;
                POINTER:   phase = WRITTEN;
                READ:      if (nacked) phase = IDLE;
            endcase
            if (phase == READ) begin
                out     = registers[pointer];
                pointer = pointer + 1;
            end
            sda_low <= #200 phase == READ && !out[7];
        end else if (phase == READ) begin
            sda_low <= #200 !out[7-count];
        end
    endtask
endmodule
