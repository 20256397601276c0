/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a test of many cases of one kind tries: a sample in `make check`, which people wait for, and all of them in
 * `make check-all`, which sets THOROUGH=1.
 */
#pragma once

/* Every nth case is tried: `quick` in `make check`, 1 in `make check-all`. */
unsigned thorough_step(unsigned quick);

/* How often a thing is tried: `quick` times, or `thorough` times in `make check-all`. */
unsigned thorough_times(unsigned quick, unsigned thorough);
