/* SPDX-License-Identifier: Apache-2.0 */
/* Asks and tells where the root keys and the escrow key are. Never opens a key. */
#include "server-stub/shell/init_keys.h"

#include "proto/bundle.h"
#include "server-stub/fleet/fleet_root.h"
#include "server-stub/shell/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool init_keys_count(const char *text, unsigned *out)
{
	if (strlen(text) != 1 || text[0] < '1' || text[0] > '0' + BUNDLE_ROOTS_MAX)
		return false;
	*out = (unsigned)(text[0] - '0');
	return true;
}

/* The fleet's directory without slashes at its end, and "-keys". */
static bool default_dir(const char *fleet, char out[FLEET_FILE_PATH_MAX])
{
	size_t len = strlen(fleet);

	while (len > 1 && fleet[len - 1] == '/')
		len--;
	return snprintf(out, FLEET_FILE_PATH_MAX, "%.*s-keys", (int)len, fleet) < FLEET_FILE_PATH_MAX;
}

/* The answer replaces *dir, unless it is empty. */
static bool ask(const char *what, char dir[FLEET_FILE_PATH_MAX])
{
	char line[FLEET_FILE_PATH_MAX];

	fprintf(stderr, "%s\n[%s] ", what, dir);
	if (!fgets(line, sizeof(line), stdin) || !strchr(line, '\n'))
		return false;
	line[strcspn(line, "\n")] = '\0';
	if (line[0])
		memcpy(dir, line, sizeof(line));
	return true;
}

int init_keys_where(struct init_keys *keys, struct fleet_create *c)
{
	bool talks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);

	if (c->root_needed > c->root_count) {
		fprintf(stderr, "caltrop-server init: --root-needed is at most --root-keys\n");
		return COMMAND_USAGE;
	}
	if (!default_dir(c->dir, keys->key_dir)) {
		fprintf(stderr, "caltrop-server init: the directory's name is too long\n");
		return COMMAND_USAGE;
	}
	if (!c->key_dir && talks &&
	    !ask("Where are the fleet's root keys to be written? They say whom devices trust; best on something that "
		 "you can\nunplug and lock away.",
		 keys->key_dir))
		return COMMAND_USAGE;
	c->key_dir = c->key_dir ? c->key_dir : keys->key_dir;
	snprintf(keys->escrow_dir, sizeof(keys->escrow_dir), "%s", c->key_dir);
	if (!c->escrow_dir && talks &&
	    !ask("And the escrow key? It opens the new passwords of accounts that devices reset; operators need it.",
		 keys->escrow_dir))
		return COMMAND_USAGE;
	c->escrow_dir = c->escrow_dir ? c->escrow_dir : keys->escrow_dir;
	return -1;
}

void init_keys_tell(const struct fleet_create *c)
{
	const struct fleet_root root = {c->key_dir, c->root_count, c->root_needed};

	printf("These keys the service does not have. Move them away from this machine, and keep copies:\n\n");
	for (unsigned i = 0; i < c->root_count; i++) {
		char name[32];

		fleet_root_name(&root, i, name);
		printf("  %s/%s\n", c->key_dir, name);
	}
	printf("      root key%s: %u of %u say%s whom devices trust (caltrop key, caltrop trust)\n",
	       c->root_count > 1 ? "s" : "", c->root_needed, c->root_count, c->root_needed > 1 ? "" : "s");
	printf("  %s/escrow_key.pem\n"
	       "      opens the secrets that devices make (caltrop credential open)\n",
	       c->escrow_dir);
}
