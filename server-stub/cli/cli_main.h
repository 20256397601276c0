/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* caltrop, the command line, as a function: takes what main takes, of its process's only thread, once; returns the exit
 * status. */
int cli_main(int argc, char **argv);
