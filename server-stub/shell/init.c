/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server init`: makes a fleet. Prints the first operator's password, once; it serves only to set another.
 * Never changes an existing file. The root keys and the escrow key go where the operator says (init_keys.h).
 */
#include "agent/base/clock.h"
#include "agent/base/users.h"
#include "server-stub/fleet/fleet_create.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/fleet_password.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/init_keys.h"
#include "server-stub/shell/storage.h"
#include "server-stub/store/person.h"

#include <sodium.h>

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
	struct fleet_create create;
	const char *admin;
	const struct passwd *owner; /* NULL: who runs this */
};

static const char help[] =
	"usage: caltrop-server init [--dir DIR] [--name HOST]... [OPTION...]\n\n"
	"  --dir DIR            the fleet's directory (" COMMAND_DIR_DEFAULT ")\n"
	"  --name HOST          a name or address by which devices and operators find the service; may be given "
	"again.\n"
	"                       Join tokens hold the first (this machine's host name)\n"
	"  --listen ADDR:PORT   where the service listens for devices ([::]:8443)\n"
	"  --api ADDR:PORT      where it listens for operators (127.0.0.1:8444, this machine only)\n"
	"  --admin NAME         the name of the first operator (admin)\n"
	"  --key-dir DIR        where the fleet's root keys are written (asked for on a terminal; else beside the "
	"fleet's\n"
	"                       directory, in DIR-keys). They sign whom devices trust; the service keeps no copy\n"
	"  --escrow-dir DIR     where the key that opens devices' secrets is written (as --key-dir)\n"
	"  --root-keys N        how many root keys there are, 1 to 5 (1)\n"
	"  --root-needed K      how many of them have to sign a change of trust (1)\n"
	"  --user NAME          the user that the service runs as and that owns the files; not the guard's, caltrop\n"
	"                       (caltrop-server, if root runs this command and that user exists)\n\n"
	"Makes the directory, a CA, keys for orders and for sealed secrets, the root keys and the trust bundle that "
	"they\n"
	"sign, server.conf, the store and the first operator, and prints that operator's one-time password. It never\n"
	"overwrites a file.\n\n"
	"  caltrop-server init --dir /var/lib/caltrop-server --name fleet.example.org --name 192.0.2.10\n"
	"  caltrop-server init --dir ./fleet --name localhost --listen 127.0.0.1:8443\n";

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "caltrop-server init: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

static bool add_name(struct fleet_conf *conf, const char *name)
{
	if (!fleet_conf_name_fits(str_from(name)) || conf->name_count == FLEET_CONF_NAMES_MAX)
		return false;
	snprintf(conf->names[conf->name_count++], FLEET_CONF_TEXT_MAX, "%s", name);
	return true;
}

static bool set_listen(char *where, const char *text)
{
	struct fleet_conf_address address;

	snprintf(where, FLEET_CONF_TEXT_MAX, "%s", text);
	return strlen(text) < FLEET_CONF_TEXT_MAX && fleet_conf_address(text, &address) == ERR_OK;
}

static bool set_user(struct options *o, const char *name)
{
	/* Who takes over a guard's core must not find the fleet's keys. */
	if (strcmp(name, USERS_GUARD) == 0) {
		fputs("caltrop-server init: caltrop is the guard's user; the service needs a user of its own\n",
		      stderr);
		return false;
	}
	o->owner = getpwnam(name);
	snprintf(o->create.conf.user, sizeof(o->create.conf.user), "%s", name);
	return o->owner && strlen(name) < sizeof(o->create.conf.user);
}

/* -1: go on; else the exit status. */
static int read_option(struct options *o, int option, const char *value)
{
	struct fleet_conf *conf = &o->create.conf;

	switch (option) {
	case 'd': o->create.dir = value; return -1;
	case 'a':
		o->admin = value;
		return fleet_conf_name_fits(str_from(value)) && strlen(value) < STORE_NAME_MAX ? -1 : COMMAND_USAGE;
	case 'n': return add_name(conf, value) ? -1 : COMMAND_USAGE;
	case 'k': o->create.key_dir = value; return -1;
	case 'e': o->create.escrow_dir = value; return -1;
	case 'r': return init_keys_count(value, &o->create.root_count) ? -1 : COMMAND_USAGE;
	case 'm': return init_keys_count(value, &o->create.root_needed) ? -1 : COMMAND_USAGE;
	case 'l': return set_listen(conf->gateway_listen, value) ? -1 : COMMAND_USAGE;
	case 'p': return set_listen(conf->api_listen, value) ? -1 : COMMAND_USAGE;
	case 'u': return set_user(o, value) ? -1 : COMMAND_USAGE;
	case 'h': fputs(help, stdout); return COMMAND_OK;
	default: fputs(help, stderr); return COMMAND_USAGE;
	}
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"name", required_argument, NULL, 'n'},
		{"listen", required_argument, NULL, 'l'},
		{"api", required_argument, NULL, 'p'},
		{"admin", required_argument, NULL, 'a'},
		{"user", required_argument, NULL, 'u'},
		{"key-dir", required_argument, NULL, 'k'},
		{"escrow-dir", required_argument, NULL, 'e'},
		{"root-keys", required_argument, NULL, 'r'},
		{"root-needed", required_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	char host[FLEET_CONF_TEXT_MAX] = "";
	int option, status, row = 0;

	while ((option = getopt_long(argc, argv, "", known, &row)) != -1) {
		status = read_option(o, option, optarg);
		if (status == COMMAND_USAGE && option != '?')
			fprintf(stderr, "caltrop-server init: --%s does not take '%s'\n", known[row].name, optarg);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return command_misused("init", "unexpected argument", argv[optind]);
	if (o->create.conf.name_count == 0 &&
	    (gethostname(host, sizeof(host) - 1) != 0 || !add_name(&o->create.conf, host))) {
		fprintf(stderr, "caltrop-server init: this machine has no usable host name; give one with --name\n");
		return COMMAND_USAGE;
	}
	if (!o->owner && geteuid() == 0 && getpwnam(USERS_SERVICE))
		(void)set_user(o, USERS_SERVICE);
	return -1;
}

static enum err make_operator(const struct options *o, const struct fleet *fleet, char password[FLEET_PASSWORD_MAX])
{
	char path[FLEET_FILE_PATH_MAX];
	struct person user = {.role = "admin", .must_change = true};
	struct store *store;
	enum err err = fleet_file_path((struct fleet_file){o->create.dir, STORAGE_NAME}, path);

	fleet_password_make(password);
	snprintf(user.name, sizeof(user.name), "%s", o->admin);
	if (err == ERR_OK)
		err = fleet_password_hash(password, user.password);
	if (err == ERR_OK)
		err = store_create(path, fleet->id, &store);
	if (err != ERR_OK)
		return err;
	err = person_put(store, &user);
	store_close(store);
	return err;
}

static enum err give_away(const struct options *o)
{
	for (const char *const *name = fleet_create_files; o->owner && *name; name++) {
		char path[FLEET_FILE_PATH_MAX];

		if (fleet_file_path((struct fleet_file){o->create.dir, *name}, path) == ERR_OK &&
		    lchown(path, o->owner->pw_uid, o->owner->pw_gid) != 0 && errno != ENOENT)
			return err_from_errno(errno);
	}
	if (o->owner && chown(o->create.dir, o->owner->pw_uid, o->owner->pw_gid) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}

static void print_result(const struct options *o, const struct fleet *fleet, const char *password)
{
	char hex[65]; /* what `caltrop login --fingerprint` compares with */
	const struct fleet_conf *conf = &o->create.conf;
	struct fleet_conf_address api;

	if (fleet_conf_address(conf->api_listen, &api) != ERR_OK)
		api.port = 0;
	sodium_bin2hex(hex, sizeof(hex), fleet->ca_sha256, sizeof(fleet->ca_sha256));
	printf("The fleet is in %s.\n\n"
	       "  operator             %s\n"
	       "  one-time password    %s\n"
	       "  fingerprint          %s\n\n"
	       "The password is shown only now; the first login replaces it. Start the service and log in on this "
	       "machine:\n\n"
	       "  caltrop-server run --dir %s\n"
	       "  caltrop login --server https://localhost:%u --ca %s/ca.pem --user %s\n\n"
	       "Devices find the service at %s.\n\n",
	       o->create.dir, o->admin, password, hex, o->create.dir, api.port, o->create.dir, o->admin,
	       conf->names[0]);
	init_keys_tell(&o->create);
}

int init_command(int argc, char **argv)
{
	static struct fleet fleet;
	struct options o = {.create = {.dir = COMMAND_DIR_DEFAULT, .root_count = 1, .root_needed = 1},
			    .admin = "admin"};
	struct init_keys keys;
	char error[FLEET_CONF_ERROR_MAX] = "", password[FLEET_PASSWORD_MAX];
	int status;
	enum err err;

	fleet_conf_init(&o.create.conf);
	status = read_options(argc, argv, &o);
	if (status >= 0)
		return status;
	if (sodium_init() < 0)
		return complain("libsodium", "cannot start");
	status = init_keys_where(&keys, &o.create);
	if (status >= 0)
		return status;
	umask(0077);
	err = fleet_create(&o.create, clock_wall_s(), error);
	if (err != ERR_OK) {
		fprintf(stderr, "caltrop-server init: %s\n", error);
		if (err == ERR_EXISTS)
			fputs("There is such a file already; nothing was changed.\n", stderr);
		return COMMAND_FAILED;
	}
	err = fleet_load(o.create.dir, &fleet, NULL);
	if (err == ERR_OK)
		err = make_operator(&o, &fleet, password);
	if (err == ERR_OK)
		err = give_away(&o);
	if (err == ERR_OK)
		print_result(&o, &fleet, password);
	sodium_memzero(&fleet, sizeof(fleet));
	sodium_memzero(password, sizeof(password));
	return err == ERR_OK ? COMMAND_OK : complain(o.create.dir, err_text(err));
}
