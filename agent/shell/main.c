/* SPDX-License-Identifier: Apache-2.0 */
/* caltrop-core as a program of its own. Nothing else is here: agent/one/main.c is it where three programs are one. */
#include "agent/shell/core_main.h"

int main(int argc, char **argv)
{
	return core_main(argc, argv);
}
