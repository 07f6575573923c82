#!/usr/bin/env bash
# Builds every fuzz target into $OUT, with its corpus, dictionary and options beside it. The image that
# the Dockerfile makes calls this, and sets $SRC and $OUT.
set -euo pipefail
cd "$SRC/plugstate"

# With debug assertions, which find more, and optimized. The sanitizer is cargo-fuzz's own choice,
# which is that of addresses, the only one that a farm knows for Rust.
cargo fuzz build -O --debug-assertions

programs=${CARGO_TARGET_DIR:-fuzz/target}/$(rustc -vV | sed -n 's/^host: //p')/release
for source in fuzz/fuzz_targets/*.rs; do
  target=$(basename "$source" .rs)
  cp "$programs/$target" "$OUT/"
  zip -jqr "$OUT/${target}_seed_corpus.zip" "fuzz/corpus/$target"
  for beside in "fuzz/$target.dict" "fuzz/$target.options"; do
    if [[ -e $beside ]]; then cp "$beside" "$OUT/"; fi
  done
done
