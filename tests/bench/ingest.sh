#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The service's ingest without TLS (ingest.c), and the same batches into SQLite alone (floor_sqlite.c), on the real disk.
#   INGEST_SECONDS=3 ingest.sh     rows "ingest WHAT VALUE records/s"
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
own=${BENCHES_OWN:-$build/tests/bench}
seconds=${INGEST_SECONDS:-3}
[ -x "$own/ingest" ] || { echo "skip: the service is not built"; exit 77; }
mkdir -p "$build/bench"
[ "${FLOOR-y}" = n ] || "$build/tests/bench/floor_sqlite" "$build/bench/floor.db" "$seconds" || exit 1
exec "$own/ingest" "$build/bench/ingest.db" "$seconds"
