// A probe lead that picks up noise: a copy of a line with short inverted pulses at pseudo-random times.
module glitches #(
    parameter SEED    = 1,
    parameter MIN_GAP = 20000,  // ns between the end of one pulse and the start of the next
    parameter MAX_GAP = 90000,
    parameter MIN_NS  = 10,     // how long a pulse lasts
    parameter MAX_NS  = 45
) (
    input  line,
    output probe
);
    // $dist_uniform is specified to the bit by the Verilog standard, so a seed gives the same noise everywhere.
    integer seed = SEED;
    reg     flip = 0;

    assign probe = line ^ flip;

    always begin
        #($dist_uniform(seed, MIN_GAP, MAX_GAP)) flip = 1;
        #($dist_uniform(seed, MIN_NS, MAX_NS)) flip = 0;
    end
endmodule
