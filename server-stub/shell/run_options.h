/* SPDX-License-Identifier: Apache-2.0 */
/* What `caltrop-server run` is asked for on its command line. */
#pragma once

struct run_options {
	const char *dir, *web_root; /* of argv; web_root NULL: the console is the program's own */
};

/* Read the options. -1, or the exit status after the help or what is wrong was printed. */
int run_options_read(int argc, char **argv, struct run_options *out);
