/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `caltrop-server run`. What they mean is run.c's. */
#include "server-stub/shell/run_options.h"

#include "server-stub/shell/command.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

static const char help[] =
	"usage: caltrop-server run [--dir DIR] [--web-root DIR]\n\n"
	"  --dir DIR       the fleet that `caltrop-server init` made (" COMMAND_DIR_DEFAULT ")\n"
	"  --web-root DIR  the console's files from here instead of the program, read at each request;\n"
	"                  for whoever works on the console\n\n"
	"Serves devices and operators in the foreground until SIGTERM. SIGHUP has it read the names,\n"
	"the log's level and certificates again. Settings are in DIR/server.conf. Messages go to standard error.\n\n"
	"  caltrop-server run --dir /var/lib/caltrop-server\n";

int run_options_read(int argc, char **argv, struct run_options *out)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"web-root", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*out = (struct run_options){.dir = COMMAND_DIR_DEFAULT};
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'd') {
			out->dir = optarg;
			continue;
		}
		if (option == 'w') {
			out->web_root = optarg;
			continue;
		}
		fputs(help, option == 'h' ? stdout : stderr);
		return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
	}
	if (optind < argc)
		return command_misused("run", "unexpected argument", argv[optind]);
	if (out->web_root && !IS_ENABLED(CONFIG_CONSOLE))
		return command_misused("run", "this build has no console for --web-root", out->web_root);
	return -1;
}
