/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop-server backup`: a consistent copy of the store, also while the service runs. Keys are not in it; that of
 * the second factors, without which these are lost, is copied beside it. */
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/sealing.h"
#include "server-stub/shell/storage.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"usage: caltrop-server backup [--dir DIR] --to FILE\n\n"
	"  --dir DIR   the fleet (" COMMAND_DIR_DEFAULT ")\n"
	"  --to FILE   where the copy of its store goes; must not be there yet\n\n"
	"The service may run meanwhile. The key that second factors are sealed with goes to FILE.factor_key.pem:\n"
	"keep it apart from the copy. The other keys beside the store are files of their own: copy them once.\n\n"
	"  caltrop-server backup --dir /var/lib/caltrop-server --to /backup/caltrop-monday.db\n";

static int copy_key(const char *dir, const char *to)
{
	enum err err = sealing_backup(dir, to);

	printf("the store is copied to %s\n", to);
	if (err == ERR_OK)
		printf("the key of second factors is copied to %s." FLEET_SEAL_FILE "\n", to);
	else if (err != ERR_NOT_FOUND)
		fprintf(stderr, "caltrop-server backup: %s." FLEET_SEAL_FILE ": %s\n", to, err_text(err));
	return err == ERR_OK || err == ERR_NOT_FOUND ? COMMAND_OK : COMMAND_FAILED;
}

static int copy(const char *dir, const char *to)
{
	char path[FLEET_FILE_PATH_MAX], error[STORAGE_ERROR_MAX];
	struct store *store;
	enum err err = fleet_file_path((struct fleet_file){dir, "server.conf"}, path);

	if (err != ERR_OK || access(path, F_OK) != 0) {
		fprintf(stderr, "caltrop-server backup: %s: there is no fleet here\n", dir);
		return COMMAND_FAILED;
	}
	err = storage_open(dir, NULL, &store, error);
	if (err != ERR_OK) {
		fprintf(stderr, "caltrop-server backup: %s\n", error);
		return COMMAND_FAILED;
	}
	err = store_backup(store, to);
	store_close(store);
	if (err == ERR_OK)
		return copy_key(dir, to);
	fprintf(stderr, "caltrop-server backup: %s: %s\n", to, err_text(err));
	return COMMAND_FAILED;
}

int backup_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"to", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *dir = COMMAND_DIR_DEFAULT, *to = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'd' && option != 't') {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
		*(option == 'd' ? &dir : &to) = optarg;
	}
	if (optind < argc)
		return command_misused("backup", "unexpected argument", argv[optind]);
	if (!to)
		return command_misused("backup", "say where the copy goes, by --to FILE", NULL);
	return copy(dir, to);
}
