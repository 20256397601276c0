/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes contexts. The token in them is a secret: the file is the user's alone. */
#include "server-stub/cli/context.h"

#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <jansson.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT_DEFAULT 8444
#define PATH_CAP 512

bool context_dir(char *out, size_t cap)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char parent[PATH_CAP];

	if (base && base[0] == '/')
		snprintf(parent, sizeof(parent), "%s", base);
	else if (home && home[0])
		snprintf(parent, sizeof(parent), "%s/.config", home);
	else {
		fprintf(stderr,
			"caltrop: neither XDG_CONFIG_HOME nor HOME is set, so there is no place for the login\n");
		return false;
	}
	snprintf(out, cap, "%s/caltrop", parent);
	if ((mkdir(parent, 0700) && errno != EEXIST) || (mkdir(out, 0700) && errno != EEXIST)) {
		fprintf(stderr, "caltrop: %s: %s\n", out, strerror(errno));
		return false;
	}
	return true;
}

static bool name_of(struct context *c)
{
	const char *name = opts_common.context;

	if (!name)
		name = getenv("CALTROP_CONTEXT");
	if (!name || !name[0])
		name = "default";
	if (strlen(name) >= sizeof(c->name) || strchr(name, '/') || name[0] == '.') {
		fprintf(stderr, "caltrop: '%s' is not a name for a context\n", name);
		return false;
	}
	snprintf(c->name, sizeof(c->name), "%s", name);
	return true;
}

static bool path_of(const struct context *c, const char *suffix, char *out, size_t cap)
{
	char dir[PATH_CAP];

	if (!context_dir(dir, sizeof(dir)))
		return false;
	return (size_t)snprintf(out, cap, "%s/%s%s", dir, c->name, suffix) < cap;
}

static bool read_member(json_t *object, const char *key, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(object, key));

	return str_copy(str_from(text ? text : ""), out, cap) == ERR_OK;
}

int context_load(struct context *c, bool must_exist)
{
	char path[PATH_CAP];
	json_error_t error;

	*c = (struct context){.port = PORT_DEFAULT};
	if (!name_of(c))
		return COMMAND_USAGE;
	if (!path_of(c, ".json", path, sizeof(path)))
		return COMMAND_FAILED;
	if (access(path, F_OK)) {
		if (!must_exist)
			return OPTS_GO_ON;
		fprintf(stderr,
			"caltrop: not logged in; begin with: caltrop login --server https://HOST:PORT --user NAME\n");
		return COMMAND_DENIED;
	}
	json_t *object = json_load_file(path, 0, &error);
	json_int_t port = json_integer_value(json_object_get(object, "port"));

	if (!object || !read_member(object, "host", c->host, sizeof(c->host)) ||
	    !read_member(object, "ca", c->ca, sizeof(c->ca)) ||
	    !read_member(object, "fingerprint", c->fingerprint, sizeof(c->fingerprint)) ||
	    !read_member(object, "user", c->user, sizeof(c->user)) ||
	    !read_member(object, "token", c->token, sizeof(c->token)) ||
	    !read_member(object, "audit_head", c->audit_head, sizeof(c->audit_head)) || port < 1 || port > 65535) {
		json_decref(object);
		fprintf(stderr, "caltrop: %s is damaged; log in again\n", path);
		return COMMAND_FAILED;
	}
	c->port = (uint16_t)port;
	json_decref(object);
	return OPTS_GO_ON;
}

static bool write_new(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t len = strlen(text);
	bool good = fd >= 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;

	if (fd >= 0 && close(fd))
		good = false;
	return good;
}

int context_save(const struct context *c)
{
	char path[PATH_CAP], fresh[PATH_CAP];

	if (!path_of(c, ".json", path, sizeof(path)) || !path_of(c, ".json.new", fresh, sizeof(fresh)))
		return COMMAND_FAILED;
	json_t *object = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "host", c->host, "port", (int)c->port, "ca",
				   c->ca, "fingerprint", c->fingerprint, "user", c->user, "token", c->token,
				   "audit_head", c->audit_head);
	char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	bool good = text && write_new(fresh, text) && rename(fresh, path) == 0;

	if (!good)
		fprintf(stderr, "caltrop: %s can't be written: %s\n", path, strerror(errno));
	if (text)
		key_wipe(text, strlen(text));
	free(text);
	json_decref(object);
	return good ? OPTS_GO_ON : COMMAND_FAILED;
}

/* "lab.json", not "lab.json.new". */
static int is_context(const struct dirent *e)
{
	struct str name = str_from(e->d_name);

	return str_take_back(&name, STR(".json")) && name.len && e->d_name[0] != '.';
}

int context_each(bool (*each)(void *arg, const struct context *c), void *arg)
{
	const char *chosen = opts_common.context;
	char dir[PATH_CAP], name[sizeof(((struct context *)0)->name)];
	struct dirent **entries = NULL;
	struct context c;
	bool more = true;
	int count = context_dir(dir, sizeof(dir)) ? scandir(dir, &entries, is_context, alphasort) : -1;

	for (int i = 0; i < count; i++) {
		struct str stem = str_from(entries[i]->d_name);

		(void)str_take_back(&stem, STR(".json"));
		opts_common.context = name;
		if (more && str_copy(stem, name, sizeof(name)) == ERR_OK && context_load(&c, true) == OPTS_GO_ON)
			more = each(arg, &c);
		free(entries[i]);
	}
	free(entries);
	opts_common.context = chosen;
	key_wipe(&c, sizeof(c));
	return count < 0 ? COMMAND_FAILED : OPTS_GO_ON;
}

int context_remove(const struct context *c)
{
	char path[PATH_CAP];

	if (!path_of(c, ".json", path, sizeof(path)))
		return COMMAND_FAILED;
	if (unlink(path) == 0)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: %s can't be removed: %s\n", path, strerror(errno));
	return COMMAND_FAILED;
}

bool context_parse_server(struct context *c, const char *text)
{
	struct str s = str_from(text), host;
	uint64_t port = PORT_DEFAULT;

	(void)str_take(&s, STR("https://"));
	(void)str_take_back(&s, STR("/"));
	if (str_take(&s, STR("["))) {
		host = str_cut(&s, ']');
		if (s.len && !str_take(&s, STR(":")))
			return false;
	} else {
		host = str_cut(&s, ':');
	}
	if (s.len && (str_number(s, 65535, &port) || port == 0))
		return false;
	if (str_empty(host) || str_find_byte(host, '/') != SIZE_MAX || str_copy(host, c->host, sizeof(c->host)))
		return false;
	c->port = (uint16_t)port;
	return true;
}

bool context_read_file(const char *path, char *out, size_t cap)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t len = f ? fread(out, 1, cap - 1, f) : 0;
	bool long_one = f && len == cap - 1 && fgetc(f) != EOF;
	bool bad = !f || ferror(f);

	if (bad)
		fprintf(stderr, "caltrop: %s: %s\n", path, strerror(errno));
	else if (long_one)
		fprintf(stderr, "caltrop: %s is longer than %zu bytes\n", path, cap - 1);
	if (f && f != stdin)
		fclose(f);
	while (len && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	out[len] = 0;
	return !bad && !long_one;
}
