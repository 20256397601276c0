/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop-server authority`: change the authority that signs the certificates of devices and of the service. */
#include "agent/base/clock.h"
#include "server-stub/fleet/fleet_authority.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/storage.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "usage: caltrop-server authority new|use [--dir DIR]\n\n"
			   "  new         make the next authority beside the one in use\n"
			   "  use         put it in use; the service must not run, and devices must accept it\n"
			   "  --dir DIR   the fleet (" COMMAND_DIR_DEFAULT ")\n\n"
			   "So that no device is shut out:\n\n"
			   "  caltrop-server authority new\n"
			   "  caltrop trust ca " COMMAND_DIR_DEFAULT "/" FLEET_AUTHORITY_NEXT " --root-key FILE\n"
			   "  (wait until no device is without it: caltrop device list --trust behind)\n"
			   "  caltrop-server authority use, with the service stopped\n"
			   "  (wait until every device has renewed its certificate)\n"
			   "  caltrop trust ca OLD_CERTIFICATE --remove --root-key FILE\n\n"
			   "The fleet and its devices stay the same. Operators log in again with the new ca.pem.\n";

static int complain(const char *text)
{
	fprintf(stderr, "caltrop-server authority: %s\n", text);
	return COMMAND_FAILED;
}

static int make_next(const char *dir)
{
	char error[FLEET_CONF_ERROR_MAX];

	umask(0077);
	if (fleet_authority_next(dir, clock_wall_s(), error) != ERR_OK)
		return complain(error);
	printf("The next authority is %s/%s. Now have devices accept it:\n\n  caltrop trust ca %s/%s --root-key FILE\n",
	       dir, FLEET_AUTHORITY_NEXT, dir, FLEET_AUTHORITY_NEXT);
	return COMMAND_OK;
}

static int use_next(const char *dir)
{
	char error[FLEET_CONF_ERROR_MAX], locked[STORAGE_ERROR_MAX];

	umask(0077);
	if (!storage_lock(dir, locked))
		return complain(locked);
	if (fleet_authority_use(dir, error) != ERR_OK)
		return complain(error);
	printf("The authority of %s/ca.pem is in use when the service starts; the one before it is in the same file.\n",
	       dir);
	return COMMAND_OK;
}

int authority_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *dir = COMMAND_DIR_DEFAULT;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'd') {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
		dir = optarg;
	}
	if (optind == argc)
		return command_misused("authority", "say what to do, 'new' or 'use'", NULL);
	if (optind + 1 < argc)
		return command_misused("authority", "unexpected argument", argv[optind + 1]);
	if (strcmp(argv[optind], "new") == 0)
		return make_next(dir);
	if (strcmp(argv[optind], "use") == 0)
		return use_next(dir);
	return command_misused("authority", "it is 'new' or 'use', not", argv[optind]);
}
