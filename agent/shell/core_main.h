/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* caltrop-core, the unprivileged half of the guard, as a function: takes what main takes, of its process's only thread,
 * once; returns the exit status. */
int core_main(int argc, char **argv);
