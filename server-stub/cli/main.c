/* SPDX-License-Identifier: Apache-2.0 */
/* caltrop as a program of its own. Nothing else is here: agent/one/main.c is it where three programs are one. */
#include "server-stub/cli/cli_main.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
