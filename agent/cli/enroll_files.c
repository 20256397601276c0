/* SPDX-License-Identifier: Apache-2.0 */
/* Writes trust and identity. Runs as root; what it makes for the guard's user is below a directory of that user. */
#include "agent/cli/enroll_files.h"

#include "agent/base/addr.h"
#include "agent/base/tls/tls_conf.h"
#include "agent/cli/enroll_bundle.h"
#include "agent/common/receipt_key.h"
#include "agent/common/trust_bundle.h"
#include "agent/shell/file.h"
#include "agent/shell/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "enroll_key.pem"
#define CSR_FILE "enroll.csr"
#define KEY_LABEL "EC PRIVATE KEY"
#define PEM_MAX 16384
#define STANDARD_CONFIG "/etc/caltrop/caltrop.conf"

static enum err complain(struct enroll_files *f, enum err err, const char *what)
{
	snprintf(f->why, sizeof(f->why), "%.200s: %s", what, err_text(err));
	return err;
}

/* As mkdir -p, readable by all. */
static void make_above(const char *path)
{
	char part[SETTINGS_PATH_MAX];

	for (size_t i = 1; path[i] && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		mkdir(part, 0755);
	}
}

static int open_dir(int at, const char *name, mode_t mode)
{
	if (mkdirat(at, name, mode) != 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum err enroll_files_open(struct enroll_files *f, const struct settings *settings)
{
	const struct passwd *user = getpwnam(settings->user);

	*f = (struct enroll_files){.trust = -1, .identity = -1, .actor = -1};
	if (!user) {
		snprintf(f->why, sizeof(f->why), "[guard] user: there is no user '%s'", settings->user);
		return ERR_NOT_FOUND;
	}
	f->uid = user->pw_uid;
	f->gid = user->pw_gid;
	make_above(settings->state_dir);
	int state = open_dir(AT_FDCWD, settings->state_dir, 0755);

	if (state >= 0) {
		f->trust = open_dir(state, "trust", 0755);
		f->identity = open_dir(state, "identity", 0700);
		f->actor = open_dir(state, "actor", 0700);
	}
	enum err err = f->trust < 0 || f->identity < 0 || f->actor < 0 || fchown(f->identity, f->uid, f->gid) != 0
			       ? err_from_errno(errno)
			       : ERR_OK;

	if (state >= 0)
		close(state);
	return err ? complain(f, err, settings->state_dir) : ERR_OK;
}

void enroll_files_close(struct enroll_files *f)
{
	if (f->trust >= 0)
		close(f->trust);
	if (f->identity >= 0)
		close(f->identity);
	if (f->actor >= 0)
		close(f->actor);
}

enum err enroll_files_receipt_key(struct enroll_files *f, struct key_der *public_key)
{
	struct key_der private_key;
	enum err err = receipt_key_open(f->actor, &private_key, public_key);

	key_wipe(&private_key, sizeof(private_key));
	return err ? complain(f, err, "actor/" RECEIPT_KEY_FILE) : ERR_OK;
}

bool enroll_files_enrolled(const struct enroll_files *f)
{
	return faccessat(f->identity, "cert.pem", F_OK, 0) == 0 && faccessat(f->trust, "device_id", F_OK, 0) == 0;
}

static enum err replace(struct enroll_files *f, int dir, const char *name, struct str text)
{
	struct file_owner guard = {f->uid, f->gid, 0600}, all = {(uid_t)-1, 0, 0644};
	enum err err = file_put(dir, name, text, dir == f->identity ? &guard : &all);

	return err ? complain(f, err, name) : ERR_OK;
}

static enum err new_request(struct enroll_files *f, struct key_der *key, uint8_t csr[KEY_CSR_MAX], size_t *csr_len)
{
	char pem[IDENTITY_KEY_MAX];
	enum err err = key_generate(key_random_kernel, key);

	if (err == ERR_OK)
		err = key_csr(key, key_random_kernel, "caltrop", csr, csr_len);
	if (err == ERR_OK)
		err = key_pem(KEY_LABEL, key->bytes, key->len, pem, sizeof(pem));
	if (err)
		return complain(f, err, "making a key");
	err = replace(f, f->identity, KEY_FILE, str_from(pem));
	key_wipe(pem, sizeof(pem));
	return err ? err : replace(f, f->identity, CSR_FILE, (struct str){(char *)csr, *csr_len});
}

enum err enroll_files_request(struct enroll_files *f, struct key_der *key, uint8_t csr[KEY_CSR_MAX], size_t *csr_len)
{
	char pem[IDENTITY_KEY_MAX];
	uint8_t raw[KEY_CSR_MAX + 1];
	struct buf key_text = buf_over(pem, sizeof(pem)), request = buf_over(raw, sizeof(raw));
	size_t key_len = 0;
	struct key_der mine, theirs;
	enum err err = file_read(f->identity, KEY_FILE, &key_text);

	if (err == ERR_OK)
		err = key_from_pem(KEY_LABEL, pem, key->bytes, sizeof(key->bytes), &key_len);
	key->len = (uint16_t)key_len;
	key_wipe(pem, sizeof(pem));
	if (err == ERR_OK)
		err = file_read(f->identity, CSR_FILE, &request);
	if (err == ERR_OK)
		err = key_csr_public(raw, request.len, &theirs);
	if (err == ERR_OK)
		err = key_public(key, &mine);
	if (err || mine.len != theirs.len || memcmp(mine.bytes, theirs.bytes, mine.len) != 0)
		return new_request(f, key, csr, csr_len);
	memcpy(csr, raw, request.len);
	*csr_len = request.len;
	return ERR_OK;
}

/* PEM blocks of a repeated field. */
static enum err put_blocks(struct buf *b, const char *label, const ProtobufCBinaryData *items, size_t count)
{
	char pem[2 * KEY_CERT_MAX];

	for (size_t i = 0; i < count; i++) {
		enum err err = key_pem(label, items[i].data, items[i].len, pem, sizeof(pem));

		if (err)
			return err;
		buf_text(b, pem);
	}
	return buf_check(b);
}

static bool has_ca(const Caltrop__V1__Trust *trust, const uint8_t ca_sha256[32])
{
	uint8_t digest[32];

	for (size_t i = 0; i < trust->n_ca; i++) {
		key_sha256(trust->ca[i].data, trust->ca[i].len, digest);
		if (key_equal(digest, ca_sha256, sizeof(digest)))
			return true;
	}
	return false;
}

static enum err keep_trust(struct enroll_files *f, const Caltrop__V1__Trust *trust)
{
	char pem[PEM_MAX], line[300];
	struct buf ca = buf_over(pem, sizeof(pem));
	enum err err = put_blocks(&ca, "CERTIFICATE", trust->ca, trust->n_ca);

	err = err ? complain(f, err, "the service's CA") : replace(f, f->trust, "ca.pem", buf_str(&ca));
	struct buf keys = buf_over(pem, sizeof(pem));

	err = err ? err : put_blocks(&keys, "PUBLIC KEY", trust->order_keys, trust->n_order_keys);
	err = err ? err : replace(f, f->trust, "order_keys.pem", buf_str(&keys));
	struct buf escrow = buf_over(pem, sizeof(pem));

	err = err ? err : put_blocks(&escrow, "PUBLIC KEY", &trust->escrow_key, trust->escrow_key.len ? 1 : 0);
	if (escrow.len)
		err = err ? err : replace(f, f->trust, "escrow.pem", buf_str(&escrow));
	if (err == ERR_OK && (err = enroll_bundle_keep(f->trust, trust)) != ERR_OK)
		return complain(f, err, TRUST_BUNDLE_FILE);
	snprintf(line, sizeof(line), "%s\n", trust->group);
	err = err ? err : replace(f, f->trust, "group", str_from(line));
	snprintf(line, sizeof(line), "%s\n", trust->server_name);
	err = err ? err : replace(f, f->trust, "server_name", str_from(line));
	struct buf id = buf_over(line, sizeof(line));

	buf_hex(&id, trust->device_id.data, trust->device_id.len);
	buf_char(&id, '\n');
	return err ? err : replace(f, f->trust, "device_id", buf_str(&id));
}

bool enroll_files_pair(struct str cert, struct str key)
{
	const struct tls_conf_setup setup = {.role = TLS_CLIENT, .cert_pem = cert, .key_pem = key};
	struct tls_conf *conf;
	bool good = tls_conf_new(&setup, &conf, NULL) == ERR_OK;

	tls_conf_drop(conf);
	return good;
}

static enum err keep_identity(struct enroll_files *f, const Caltrop__V1__EnrollReply *reply, const struct key_der *key)
{
	struct str chain[IDENTITY_CHAIN_MAX] = {{(char *)reply->certificate.data, reply->certificate.len}};
	char cert[IDENTITY_CERT_MAX], pem[IDENTITY_KEY_MAX];
	size_t len = 0;

	for (size_t i = 0; i < reply->n_chain && i + 1 < IDENTITY_CHAIN_MAX; i++)
		chain[i + 1] = (struct str){(char *)reply->chain[i].data, reply->chain[i].len};
	enum err err = identity_pem(chain, cert, &len);

	if (err == ERR_OK)
		err = key_pem(KEY_LABEL, key->bytes, key->len, pem, sizeof(pem));
	/* The guard could not link up with a pair that does not belong together. */
	if (err || !enroll_files_pair((struct str){cert, len}, str_from(pem)))
		return complain(f, ERR_CORRUPT, "the certificate that the service gave");
	unlinkat(f->identity, "next_cert.pem", 0);
	err = replace(f, f->identity, "next_key.pem", str_from(pem));
	key_wipe(pem, sizeof(pem));
	err = err ? err : replace(f, f->identity, "next_cert.pem", (struct str){cert, len});
	if (err)
		return err;
	err = identity_adopt(f->identity, IDENTITY_NEXT);
	return err ? complain(f, err, "cert.pem") : ERR_OK;
}

enum err enroll_files_keep(struct enroll_files *f, const Caltrop__V1__EnrollReply *reply, const struct key_der *key,
			   const struct token *token)
{
	const Caltrop__V1__Trust *trust = reply->trust;

	if (!trust || trust->device_id.len != 16 || strchr(trust->group, '\n') || strchr(trust->server_name, '\n'))
		return complain(f, ERR_CORRUPT, "what the service gave");
	if (!has_ca(trust, token->ca_sha256))
		return complain(f, ERR_UNTRUSTED, "the CA that the service gave");
	enum err err = enroll_bundle_check(trust, token->ca_sha256);

	if (err)
		return complain(f, err, "the trust bundle that the service gave");
	if (!enroll_bundle_has_roots(trust, token))
		return complain(f, ERR_UNTRUSTED,
				"the service's trust bundle, whose root keys the join token does not name");
	err = keep_identity(f, reply, key);

	err = err ? err : keep_trust(f, trust);
	if (err == ERR_OK) {
		unlinkat(f->identity, KEY_FILE, 0);
		unlinkat(f->identity, CSR_FILE, 0);
	}
	return err;
}

enum err enroll_files_server(struct enroll_files *f, const char *config, const char *host, uint16_t port)
{
	char dir[SETTINGS_PATH_MAX + 16], text[512];
	struct addr address;
	bool v6 = addr_parse(str_from(host), &address) == ERR_OK && address.family == 6;

	snprintf(dir, sizeof(dir), "%s.d", config ? config : STANDARD_CONFIG);
	snprintf(text, sizeof(text), "# Written by `caltrop enroll`.\n[server]\naddress = %s%s%s:%u\n", v6 ? "[" : "",
		 host, v6 ? "]" : "", port);
	make_above(dir);
	int fd = open_dir(AT_FDCWD, dir, 0755);
	struct file_owner all = {(uid_t)-1, 0, 0644};
	enum err err = fd < 0 ? err_from_errno(errno) : file_put(fd, "50-server.conf", str_from(text), &all);

	if (fd >= 0)
		close(fd);
	return err ? complain(f, err, dir) : ERR_OK;
}
