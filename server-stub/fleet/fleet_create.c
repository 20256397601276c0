/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a fleet's files one after another, each only if it is not there, and takes them back when one fails. */
#include "server-stub/fleet/fleet_create.h"

#include "server-stub/fleet/fleet_authority.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/fleet_root.h"
#include "server-stub/fleet/fleet_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ESCROW_KEY "escrow_key.pem"

const char *const fleet_create_files[] = {
	"server.conf",
	"ca.pem",
	"ca_key.pem",
	"server.pem",
	"server_key.pem",
	"order_keys.pem",
	"order_key.pem",
	"escrow.pem",
	"trust.bundle",
	"ticket.key",
	"caltrop.db",
	FLEET_ID_FILE,
	FLEET_AUTHORITY_NEXT,
	FLEET_AUTHORITY_NEXT_KEY,
	NULL,
};

static enum err say(char *error, const char *dir, const char *name, enum err err)
{
	snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/%s: %s", dir, name, err_text(err));
	return err;
}

/* Two writers of one name can't both win: each file is opened with O_EXCL later on. */
static enum err look(const char *dir, char *error)
{
	for (const char *const *name = fleet_create_files; *name; name++) {
		char path[FLEET_FILE_PATH_MAX];
		enum err err = fleet_file_path((struct fleet_file){dir, *name}, path);
		struct stat st;

		if (err != ERR_OK)
			return say(error, dir, *name, err);
		if (lstat(path, &st) == 0)
			return say(error, dir, *name, ERR_EXISTS);
	}
	return ERR_OK;
}

static void undo(const char *dir)
{
	for (const char *const *name = fleet_create_files; *name; name++) {
		char path[FLEET_FILE_PATH_MAX];

		if (fleet_file_path((struct fleet_file){dir, *name}, path) == ERR_OK)
			unlink(path);
	}
}

static enum err make_dir(const char *dir, char *error)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		enum err err = err_from_errno(errno);

		snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s: cannot make the directory: %s", dir,
			 err == ERR_NOT_FOUND ? "the one above it is not there" : err_text(err));
		return err;
	}
	return ERR_OK;
}

struct pair {
	struct fleet_file private_file, public_file;
};

static enum err make_pair(const struct pair *p, struct key_der *public_key, char *error)
{
	struct key_der private_key;
	struct fleet_file_pem pem;
	enum err err = key_generate(key_random_kernel, &private_key);

	if (err == ERR_OK)
		err = key_public(&private_key, public_key);
	if (err != ERR_OK)
		return say(error, p->private_file.dir, p->private_file.name, err);
	pem = (struct fleet_file_pem){"EC PRIVATE KEY", private_key.bytes, private_key.len, 0600};
	err = fleet_file_create_pem(p->private_file, &pem);
	key_wipe(&private_key, sizeof(private_key));
	if (err != ERR_OK)
		return say(error, p->private_file.dir, p->private_file.name, err);
	pem = (struct fleet_file_pem){"PUBLIC KEY", public_key->bytes, public_key->len, 0644};
	err = fleet_file_create_pem(p->public_file, &pem);
	return err == ERR_OK ? ERR_OK : say(error, p->public_file.dir, p->public_file.name, err);
}

static enum err make_ca(const char *dir, int64_t wall_s, struct fleet *f, char *error)
{
	struct fleet_authority a = {.dir = dir, .cert_name = "ca.pem", .key_name = "ca_key.pem"};
	struct key_der public_key;
	const char *bad;
	enum err err = fleet_authority_make(&a, wall_s, &bad);

	if (err == ERR_OK)
		err = key_public(&a.key, &public_key);
	if (err != ERR_OK)
		return say(error, dir, bad, err);
	key_sha256(public_key.bytes, public_key.len, f->id);
	f->ca_cert_len = a.cert_len;
	memcpy(f->ca_cert, a.cert, a.cert_len);
	key_wipe(&a.key, sizeof(a.key));
	return ERR_OK;
}

static enum err make_conf(const struct fleet_create *request, char *error)
{
	const struct fleet_conf *conf = &request->conf;
	char text[8192];
	struct buf b = buf_over(text, sizeof(text));
	enum err err;

	buf_text(&b, "# Settings of the service; caltrop-server(8) has every other key and its default.\n\n[server]\n");
	buf_text(&b,
		 "# Names and addresses by which devices and operators find this service; the first is put into join\n"
		 "# tokens and checked by devices.\nnames =");
	for (unsigned i = 0; i < conf->name_count; i++)
		buf_printf(&b, " %s", conf->names[i]);
	if (conf->user[0])
		buf_printf(&b, "\nuser = %s", conf->user);
	buf_printf(&b, "\n\n[gateway]\nlisten = %s\n\n[api]\nlisten = %s\n", conf->gateway_listen, conf->api_listen);
	err = buf_check(&b);
	if (err == ERR_OK)
		err = fleet_file_create((struct fleet_file){request->dir, "server.conf"}, buf_str(&b), 0644);
	return err == ERR_OK ? ERR_OK : say(error, request->dir, "server.conf", err);
}

/* Whether `inner` is `outer` or below it; both exist. Links and dots are followed. */
static bool is_inside(const char *inner, const char *outer)
{
	char *in = realpath(inner, NULL), *out = realpath(outer, NULL);
	size_t len = out ? strlen(out) : 0;
	bool inside = !in || !out || (strncmp(in, out, len) == 0 && (in[len] == '/' || in[len] == '\0'));

	free(in);
	free(out);
	return inside;
}

/* The escrow key and the root keys: whoever has the fleet's directory must not have them. */
static enum err make_key_dir(const struct fleet_create *request, const char *dir, char *error)
{
	enum err err = make_dir(dir, error);

	if (err != ERR_OK || !is_inside(dir, request->dir))
		return err;
	snprintf(error, FLEET_CONF_ERROR_MAX,
		 "%.200s is inside of the fleet's directory: who takes over the service would find the keys there",
		 dir);
	return ERR_INVALID;
}

static enum err make_dirs(const struct fleet_create *request, char *error)
{
	enum err err = make_dir(request->dir, error);

	if (err == ERR_OK)
		err = look(request->dir, error);
	if (err == ERR_OK)
		err = make_key_dir(request, request->key_dir, error);
	return err == ERR_OK ? make_key_dir(request, request->escrow_dir, error) : err;
}

/* The link's own certificate, with the keys that are there now. */
static enum err make_link(const struct fleet_create *request, int64_t wall_s, struct fleet *f, char *error)
{
	const char *bad = NULL;
	enum err err = notary_open(request->dir, &f->notary, &bad);

	if (err != ERR_OK)
		return say(error, request->dir, bad, err);
	err = fleet_server_certificate(f, &request->conf, wall_s);
	notary_close(f->notary);
	f->notary = NULL;
	return err == ERR_OK ? ERR_OK : say(error, request->dir, "server.pem", err);
}

static enum err make_keys(const struct fleet_create *request, int64_t wall_s, struct fleet *f, char *error)
{
	const char *dir = request->dir;
	const struct pair order = {{dir, "order_key.pem"}, {dir, "order_keys.pem"}};
	const struct pair escrow = {{request->escrow_dir, ESCROW_KEY}, {dir, "escrow.pem"}};
	const struct fleet_root root = {request->key_dir, request->root_count, request->root_needed};
	enum err err = make_ca(dir, wall_s, f, error);

	if (err == ERR_OK)
		err = make_pair(&order, &f->order_public[0], error);
	f->order_public_count = 1;
	if (err == ERR_OK)
		err = make_conf(request, error);
	if (err == ERR_OK)
		err = make_link(request, wall_s, f, error);
	if (err == ERR_OK)
		err = make_pair(&escrow, &f->escrow, error);
	/* Last, and the one that takes back what it wrote outside of dir. */
	return err == ERR_OK ? fleet_root_create(f, &root, wall_s, error) : err;
}

enum err fleet_create(const struct fleet_create *request, int64_t wall_s, char error[FLEET_CONF_ERROR_MAX])
{
	static struct fleet f;
	char escrow[FLEET_FILE_PATH_MAX];
	enum err err = make_dirs(request, error);

	memset(&f, 0, sizeof(f));
	if (err != ERR_OK)
		return err;
	if (str_copy(str_from(request->dir), f.dir, sizeof(f.dir)) != ERR_OK ||
	    fleet_file_path((struct fleet_file){request->escrow_dir, ESCROW_KEY}, escrow) != ERR_OK)
		return say(error, request->dir, "", ERR_TOO_LONG);
	if (access(escrow, F_OK) == 0)
		return say(error, request->escrow_dir, ESCROW_KEY, ERR_EXISTS);
	err = make_keys(request, wall_s, &f, error);
	if (err != ERR_OK) {
		undo(request->dir);
		unlink(escrow);
	}
	return err;
}
