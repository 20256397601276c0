/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server admin reset`: for a fleet whose admins forgot their passwords or have left. Who may write the store
 * on this machine may do this; the audit log says so. The service may run meanwhile.
 */
#include "agent/base/clock.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_password.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/storage.h"
#include "server-stub/store/person.h"

#include <sodium.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define STATUS_OK 200 /* as the audit log of the API has it */

static const char help[] =
	"usage: caltrop-server admin reset [--dir DIR] [--user NAME]\n\n"
	"  --dir DIR     the fleet (" COMMAND_DIR_DEFAULT ")\n"
	"  --user NAME   the operator (admin); a new one if there is none of the name\n\n"
	"Makes the operator an admin and prints a one-time password, which the first login replaces. It takes the\n"
	"operator's second factor away and ends the sessions, and is in the audit log. The service may run "
	"meanwhile.\n\n"
	"  caltrop-server admin reset --user admin\n";

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "caltrop-server admin: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

/* In one transaction: the operator, the end of the sessions, the row of the audit log. */
static enum err write_all(struct store *store, const char *name, const char *hash)
{
	struct person_audit row = {
		.wall_us = clock_wall_us(), .action = "admin.reset", .address = "this machine", .status = STATUS_OK};
	struct person u = {.name = ""};
	enum err err = person_get(store, name, &u);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	snprintf(row.detail, sizeof(row.detail), "%s, %s%s", name, err == ERR_OK ? u.role : "new",
		 person_has_factor(&u) ? ", second factor removed" : "");
	snprintf(u.name, sizeof(u.name), "%s", name);
	snprintf(u.role, sizeof(u.role), "admin");
	err = person_readmit(store, &u, hash);
	return err == ERR_OK ? person_audit_put(store, &row) : err;
}

static enum err reset(struct store *store, const char *name, const char *hash)
{
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	err = write_all(store, name, hash);
	if (err == ERR_OK)
		return store_commit(store);
	store_rollback(store);
	return err;
}

static int run(const char *dir, const char *name)
{
	static struct fleet fleet;
	char password[FLEET_PASSWORD_MAX], hash[FLEET_PASSWORD_HASH], error[STORAGE_ERROR_MAX];
	const char *bad = NULL;
	struct store *store;
	enum err err = fleet_load(dir, &fleet, &bad);
	uint8_t id[STORE_FLEET];

	memcpy(id, fleet.id, sizeof(id));
	if (err != ERR_OK) {
		snprintf(error, sizeof(error), "%s/%s", dir, bad ? bad : "");
		return complain(error, err_text(err));
	}
	fleet_password_make(password);
	err = fleet_password_hash(password, hash);
	if (err != ERR_OK)
		return complain("a password", err_text(err));
	if (storage_open(dir, id, &store, error) != ERR_OK) {
		fprintf(stderr, "caltrop-server admin: %s\n", error);
		return COMMAND_FAILED;
	}
	err = reset(store, name, hash);
	store_close(store);
	if (err == ERR_OK)
		printf("  operator             %s\n"
		       "  one-time password    %s\n",
		       name, password);
	sodium_memzero(password, sizeof(password));
	return err == ERR_OK ? COMMAND_OK : complain(dir, storage_advice(err));
}

int admin_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"user", required_argument, NULL, 'u'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *dir = COMMAND_DIR_DEFAULT, *name = "admin";
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'd' && option != 'u') {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
		*(option == 'd' ? &dir : &name) = optarg;
	}
	if (optind == argc)
		return command_misused("admin", "say what to do, 'reset'", NULL);
	if (strcmp(argv[optind], "reset") != 0)
		return command_misused("admin", "it is 'reset', not", argv[optind]);
	if (optind + 1 < argc)
		return command_misused("admin", "unexpected argument", argv[optind + 1]);
	if (name[0] == '\0' || strlen(name) >= STORE_NAME_MAX)
		return command_misused("admin", "--user takes a name of 1 to 63 bytes, not", name);
	if (strncmp(name, PERSON_SSO_FRONT, strlen(PERSON_SSO_FRONT)) == 0)
		return command_misused("admin", "a provider lets this operator in; `caltrop user reset` is for", name);
	if (sodium_init() < 0)
		return complain("libsodium", "it cannot start");
	return run(dir, name);
}
