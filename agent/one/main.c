/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file for caltropd, caltrop-core and caltrop (ONE_PROGRAM): which of them it is follows from the name it is
 * executed by. They stay three processes, each with the rights that it has as a program of its own.
 */
#include "agent/actor/actor_main.h"
#include "agent/base/called.h"
#include "agent/shell/core_main.h"
#include "server-stub/cli/cli_main.h"

#include <stdio.h>
#include <sysexits.h>

static const struct called programs[] = {
	{"caltropd", actor_main},
	{"caltrop-core", core_main},
	{"caltrop", cli_main},
	{NULL, NULL},
};

int main(int argc, char **argv)
{
	const struct called *program = called_find(programs, argv[0]);

	if (program)
		return program->run(argc, argv);
	fprintf(stderr, "%s: this file is caltropd, caltrop-core and caltrop: make a link of such a name to it\n",
		argv[0] ? argv[0] : "caltropd");
	return EX_USAGE;
}
