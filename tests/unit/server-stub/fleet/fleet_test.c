/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/fleet/fleet.h"

#include "caltrop/v1/link.pb-c.h"
#include "proto/token.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/fleet_create.h"
#include "server-stub/fleet/fleet_enroll.h"
#include "server-stub/fleet/fleet_file.h"

#include <mbedtls/x509_crt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	char dir[64], keys[64];
	struct fleet fleet;
	struct notary *notary;
	struct store *store;
	struct key_der key;
	uint8_t csr[KEY_CSR_MAX];
	size_t csr_len;
	int64_t wall_s;
};

static const char *const key_files[] = {"root_key_1.pem", "root_key_2.pem", "escrow_key.pem"};

static struct fleet_create request_for(const char *dir, const char *keys)
{
	struct fleet_create request = {
		.dir = dir, .key_dir = keys, .escrow_dir = keys, .root_count = 2, .root_needed = 1};

	fleet_conf_init(&request.conf);
	request.conf.name_count = 2;
	snprintf(request.conf.names[0], sizeof(request.conf.names[0]), "fleet.example");
	snprintf(request.conf.names[1], sizeof(request.conf.names[1]), "192.0.2.7");
	return request;
}

static void use_notary(struct world *w)
{
	const char *bad = NULL;

	notary_close(w->notary);
	assert_int_equal(notary_open(w->dir, &w->notary, &bad), ERR_OK);
	assert_int_equal(fleet_use_notary(&w->fleet, w->notary), ERR_OK);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct fleet_create request = request_for(w->dir, w->keys);
	char error[FLEET_CONF_ERROR_MAX] = "";
	const char *bad = NULL;

	snprintf(w->dir, sizeof(w->dir),
		 "/tmp/fleet_test.XX"
		 "XX"
		 "XX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->keys, sizeof(w->keys), "%.50s-keys", w->dir);
	w->wall_s = time(NULL);
	assert_int_equal(fleet_create(&request, w->wall_s, error), ERR_OK);
	assert_int_equal(fleet_load(w->dir, &w->fleet, &bad), ERR_OK);
	use_notary(w);
	assert_int_equal(store_open(NULL, NULL, &w->store), ERR_OK);
	assert_int_equal(key_generate(key_random_kernel, &w->key), ERR_OK);
	assert_int_equal(key_csr(&w->key, key_random_kernel, "whatever", w->csr, &w->csr_len), ERR_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	for (const char *const *name = fleet_create_files; *name; name++) {
		char path[FLEET_FILE_PATH_MAX];

		assert_int_equal(fleet_file_path((struct fleet_file){w->dir, *name}, path), ERR_OK);
		unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	for (unsigned i = 0; i < sizeof(key_files) / sizeof(key_files[0]); i++) {
		char path[FLEET_FILE_PATH_MAX];

		assert_int_equal(fleet_file_path((struct fleet_file){w->keys, key_files[i]}, path), ERR_OK);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(w->keys), 0);
	notary_close(w->notary);
	store_close(w->store);
	free(w);
	return 0;
}

static char *new_token(struct world *w, uint32_t uses, bool approve)
{
	static char text[TOKEN_TEXT_MAX];
	struct fleet_token_request r = {"cams", "ada", "fleet.example", 8443, uses, 60, approve, NULL};
	struct registry_token token;

	assert_int_equal(fleet_token(&w->fleet, w->store, &r, w->wall_s * 1000000, text, sizeof(text), &token), ERR_OK);
	assert_string_equal(token.group, "cams");
	assert_int_equal(token.expires_us, (w->wall_s + 60) * 1000000);
	return text;
}

static enum err enroll_at(struct world *w, const char *token, int64_t wall_s, struct registry_device *d)
{
	const struct fleet_enroll_request request = {token, w->csr, w->csr_len, NULL, wall_s * 1000000, NULL};
	struct fleet_enroll_result result;
	enum err err;

	assert_int_equal(store_begin(w->store), ERR_OK);
	err = fleet_enroll(&w->fleet, w->store, &request, &result);
	*d = result.device;
	if (err == ERR_OK)
		assert_int_equal(store_commit(w->store), ERR_OK);
	else
		store_rollback(w->store);
	return err;
}

static enum err enroll(struct world *w, const char *token, struct registry_device *d)
{
	return enroll_at(w, token, w->wall_s, d);
}

static void new_request(struct world *w)
{
	assert_int_equal(key_csr(&w->key, key_random_kernel, "another", w->csr, &w->csr_len), ERR_OK);
}

static void private_keys_are_for_their_owner_alone(void **state)
{
	static const char *const names[] = {"ca_key.pem",     "server_key.pem", "order_key.pem",
					    "root_key_1.pem", "root_key_2.pem", "escrow_key.pem"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[FLEET_FILE_PATH_MAX];
		struct stat st;

		assert_int_equal(fleet_file_path((struct fleet_file){i < 3 ? w->dir : w->keys, names[i]}, path),
				 ERR_OK);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void fleet_is_not_overwritten(void **state)
{
	struct world *w = *state;
	struct fleet_create request = request_for(w->dir, w->keys);
	char error[FLEET_CONF_ERROR_MAX] = "";
	struct fleet again;

	assert_int_equal(fleet_create(&request, w->wall_s, error), ERR_EXISTS);
	assert_non_null(strstr(error, "server.conf: exists already"));
	assert_int_equal(fleet_load(w->dir, &again, NULL), ERR_OK);
	assert_memory_equal(again.ca_sha256, w->fleet.ca_sha256, 32);
}

static void directory_above_must_be_there(void **state)
{
	struct fleet_create request =
		request_for("/tmp/no-such-folder-of-caltrop/fleet", "/tmp/no-such-folder-of-caltrop/keys");
	char error[FLEET_CONF_ERROR_MAX] = "";

	(void)state;
	assert_int_equal(fleet_create(&request, 1000000, error), ERR_NOT_FOUND);
	assert_non_null(strstr(error, "the one above it is not there"));
}

static void missing_or_damaged_file_is_named(void **state)
{
	struct world *w = *state;
	struct fleet f;
	const char *bad = NULL;

	assert_int_equal(fleet_load("/tmp/no-such-folder-of-caltrop", &f, &bad), ERR_NOT_FOUND);
	assert_string_equal(bad, "server.conf");
	assert_int_equal(fleet_file_replace((struct fleet_file){w->dir, "escrow.pem"}, STR("nonsense"), 0644), ERR_OK);
	assert_int_equal(fleet_load(w->dir, &f, &bad), ERR_CORRUPT);
	assert_string_equal(bad, "escrow.pem");
	/* Read before it. With no key in it devices would obey nobody. */
	assert_int_equal(fleet_file_replace((struct fleet_file){w->dir, "order_keys.pem"}, STR("nonsense"), 0644),
			 ERR_OK);
	assert_int_equal(fleet_load(w->dir, &f, &bad), ERR_CORRUPT);
	assert_string_equal(bad, "order_keys.pem");
}

static void operators_may_hold_the_order_key(void **state)
{
	struct world *w = *state;
	char path[FLEET_FILE_PATH_MAX];
	struct order order = {.target_kind = ORDER_ALL};
	struct registry_order out;

	assert_int_equal(fleet_file_path((struct fleet_file){w->dir, "order_key.pem"}, path), ERR_OK);
	unlink(path);
	assert_int_equal(fleet_load(w->dir, &w->fleet, NULL), ERR_OK);
	use_notary(w);
	assert_int_equal(notary_order_key(w->notary)->len, 0);
	assert_int_equal(w->fleet.order_public_count, 1);
	assert_int_equal(fleet_sign(&w->fleet, &order, &out), ERR_DENIED);
}

/* What any TLS library will do with them. */
static uint32_t verify(struct world *w, const uint8_t *cert, size_t len, const char *name)
{
	mbedtls_x509_crt ca, leaf;
	uint32_t flags = 0;

	mbedtls_x509_crt_init(&ca);
	mbedtls_x509_crt_init(&leaf);
	assert_int_equal(mbedtls_x509_crt_parse_der(&ca, w->fleet.ca_cert, w->fleet.ca_cert_len), 0);
	assert_int_equal(mbedtls_x509_crt_parse_der(&leaf, cert, len), 0);
	(void)mbedtls_x509_crt_verify(&leaf, &ca, NULL, name, &flags, NULL, NULL);
	mbedtls_x509_crt_free(&leaf);
	mbedtls_x509_crt_free(&ca);
	return flags;
}

static void server_certificate_bears_all_names(void **state)
{
	static const char *const names[] = {"fleet.example", "192.0.2.7", "localhost", "127.0.0.1", "::1"};
	struct world *w = *state;
	char text[8192];
	uint8_t der[KEY_CERT_MAX];
	size_t len;

	assert_int_equal(fleet_file_read((struct fleet_file){w->dir, "server.pem"}, text, sizeof(text), &len), ERR_OK);
	assert_int_equal(key_from_pem("CERTIFICATE", text, der, sizeof(der), &len), ERR_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(verify(w, der, len, names[i]), 0);
	assert_int_not_equal(verify(w, der, len, "other.example"), 0);
}

static void device_is_issued_a_certificate_of_its_id(void **state)
{
	struct world *w = *state;
	struct registry_device d;
	uint8_t cert[KEY_CERT_MAX];
	mbedtls_x509_crt leaf;
	char cn[128], want[64] = "CN=";
	size_t len;

	assert_int_equal(enroll(w, new_token(w, 1, false), &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_APPROVED);
	assert_string_equal(d.group, "cams");
	assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, w->wall_s, cert, &len), ERR_OK);
	assert_int_equal(d.cert_not_after_s, w->wall_s + 14 * 86400);
	assert_int_equal(verify(w, cert, len, NULL), 0);
	mbedtls_x509_crt_init(&leaf);
	assert_int_equal(mbedtls_x509_crt_parse_der(&leaf, cert, len), 0);
	assert_int_equal(leaf.serial.len, 16);
	assert_memory_equal(leaf.serial.p, d.next_serial, 16);
	for (unsigned i = 0; i < STORE_ID; i++)
		snprintf(want + 3 + 2 * i, 3, "%02x", d.id[i]);
	assert_true(mbedtls_x509_dn_gets(cn, sizeof(cn), &leaf.subject) > 0);
	assert_string_equal(cn, want);
	mbedtls_x509_crt_free(&leaf);
	assert_int_equal(fleet_issue(&w->fleet, &d, (const uint8_t *)"junk", 4, w->wall_s, cert, &len), ERR_INVALID);
	w->csr[w->csr_len - 1] ^= 1;
	assert_int_not_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, w->wall_s, cert, &len), ERR_OK);
}

static void token_is_good_for_its_uses_only(void **state)
{
	struct world *w = *state;
	char *token = new_token(w, 1, false);
	struct registry_device first, again, second;

	assert_int_equal(enroll(w, token, &first), ERR_OK);
	/* The answer was lost: the same request gets the same device. */
	assert_int_equal(enroll(w, token, &again), ERR_OK);
	assert_memory_equal(first.id, again.id, STORE_ID);
	new_request(w);
	assert_int_equal(enroll(w, token, &second), ERR_FULL);
	token = new_token(w, 2, false);
	assert_int_equal(enroll(w, token, &second), ERR_OK);
	assert_memory_not_equal(first.id, second.id, STORE_ID);
}

static void use_is_not_spent_when_nothing_was_stored(void **state)
{
	struct world *w = *state;
	char *token = new_token(w, 1, false);
	const struct fleet_enroll_request request = {token, w->csr, w->csr_len, NULL, w->wall_s * 1000000, NULL};
	struct fleet_enroll_result result;
	struct registry_device d;

	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(fleet_enroll(&w->fleet, w->store, &request, &result), ERR_OK);
	store_rollback(w->store);
	assert_int_equal(registry_device_get(w->store, result.device.id, &d), ERR_NOT_FOUND);
	assert_int_equal(enroll(w, token, &d), ERR_OK);
}

static void bad_tokens_are_told_apart(void **state)
{
	struct world *w = *state;
	struct registry_device d;
	struct registry_token token;
	struct fleet_token_request r = {"g", "ada", "h", 1, 1, 60, false, NULL};
	char text[TOKEN_TEXT_MAX], *other;

	assert_int_equal(enroll(w, "ct1.nonsense", &d), ERR_NOT_FOUND);
	assert_int_equal(enroll(w, "", &d), ERR_NOT_FOUND);
	assert_int_equal(enroll_at(w, new_token(w, 1, false), w->wall_s + 60, &d), ERR_EXPIRED);
	assert_int_equal(fleet_token(&w->fleet, w->store, &r, w->wall_s * 1000000, text, sizeof(text), &token), ERR_OK);
	token.revoked = true;
	assert_int_equal(registry_token_put(w->store, &token), ERR_OK);
	assert_int_equal(enroll(w, text, &d), ERR_REVOKED);
	other = new_token(w, 1, false);
	w->fleet.ca_sha256[0] ^= 1;
	assert_int_equal(enroll(w, other, &d), ERR_NOT_FOUND);
	w->fleet.ca_sha256[0] ^= 1;
	w->csr[w->csr_len - 1] ^= 1;
	assert_int_not_equal(enroll(w, other, &d), ERR_OK);
	w->csr[w->csr_len - 1] ^= 1;
	assert_int_equal(enroll(w, other, &d), ERR_OK);
	r.host = "not a host";
	assert_int_equal(fleet_token(&w->fleet, w->store, &r, 0, text, sizeof(text), &token), ERR_INVALID);
	assert_string_equal(text, "");
}

/* The device would refuse the bundle: nothing is spent. */
static void token_ends_with_the_root_keys_that_it_names(void **state)
{
	struct world *w = *state;
	const struct fleet_file file = {w->dir, FLEET_BUNDLE_FILE};
	char *text = new_token(w, 1, false);
	struct fleet_bundle now;
	struct bundle_sealed sealed;
	struct token token;
	struct registry_device d;
	uint8_t digest[32];
	char why[BUNDLE_WHY_MAX];

	assert_int_equal(fleet_bundle_read(w->dir, &now), ERR_OK);
	assert_int_equal(token_decode(str_from(text), &token), ERR_OK);
	bundle_roots_sha256(&now.bundle, digest);
	assert_true(token.has_roots);
	assert_memory_equal(token.roots_sha256, digest, sizeof(digest));
	/* Another root key in the place of the first. */
	now.bundle.roots[0] = w->fleet.escrow;
	struct buf inner = buf_over(sealed.bytes, sizeof(sealed.bytes));
	static uint8_t bytes[BUNDLE_SEALED_MAX];
	struct buf outer = buf_over(bytes, sizeof(bytes));
	sealed.signature_count = 0;
	assert_int_equal(bundle_encode(&inner, &now.bundle, why), ERR_OK);
	sealed.len = (uint16_t)inner.len;
	assert_int_equal(bundle_seal(&outer, &sealed), ERR_OK);
	assert_int_equal(fleet_file_replace(file, buf_str(&outer), 0644), ERR_OK);
	assert_int_equal(enroll(w, text, &d), ERR_UNTRUSTED);
	assert_int_equal(fleet_file_replace(file, (struct str){(char *)now.sealed, now.len}, 0644), ERR_OK);
	assert_int_equal(enroll(w, text, &d), ERR_OK);
}

static void approval_is_waited_for(void **state)
{
	struct world *w = *state;
	char *token = new_token(w, 1, true);
	struct registry_device d;

	assert_int_equal(enroll(w, token, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_PENDING);
	d.state = DEVICE_APPROVED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(enroll_at(w, token, w->wall_s + 59, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_APPROVED);
	d.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(enroll(w, token, &d), ERR_REVOKED);
}

/* What was seen before is no way around the token. */
static void dead_token_issues_nothing_to_a_request_seen_before(void **state)
{
	struct world *w = *state;
	struct fleet_token_request r = {"g", "ada", "h", 1, 1, 60, false, NULL};
	struct registry_device d, again;
	struct registry_token token, other;
	char text[TOKEN_TEXT_MAX], other_text[TOKEN_TEXT_MAX];

	assert_int_equal(fleet_token(&w->fleet, w->store, &r, w->wall_s * 1000000, text, sizeof(text), &token), ERR_OK);
	assert_int_equal(enroll(w, text, &d), ERR_OK);
	assert_int_equal(enroll_at(w, text, w->wall_s + 60, &again), ERR_EXPIRED);
	token.revoked = true;
	assert_int_equal(registry_token_put(w->store, &token), ERR_OK);
	assert_int_equal(enroll(w, text, &again), ERR_REVOKED);
	/* Another token helps, and is spent. */
	assert_int_equal(
		fleet_token(&w->fleet, w->store, &r, w->wall_s * 1000000, other_text, sizeof(other_text), &other),
		ERR_OK);
	assert_int_equal(enroll(w, other_text, &again), ERR_OK);
	assert_memory_equal(d.id, again.id, STORE_ID);
	assert_int_equal(enroll(w, other_text, &again), ERR_OK);
	new_request(w);
	assert_int_equal(enroll(w, other_text, &again), ERR_FULL);
}

static void certificates_are_issued_so_often_only(void **state)
{
	struct world *w = *state;
	struct registry_device d;
	uint8_t cert[KEY_CERT_MAX];
	size_t len;
	int64_t at_s = w->wall_s;

	assert_int_equal(enroll(w, new_token(w, 1, false), &d), ERR_OK);
	for (unsigned i = 0; i < FLEET_ISSUE_BURST; i++)
		assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, at_s, cert, &len), ERR_OK);
	assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, at_s, cert, &len), ERR_BUDGET);
	assert_int_equal(len, 0);
	at_s += FLEET_ISSUE_EVERY_US / 1000000;
	assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, at_s, cert, &len), ERR_OK);
	assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, at_s, cert, &len), ERR_BUDGET);
	/* Nor does a clock that was wrong for a while lock it out. */
	assert_int_equal(fleet_issue(&w->fleet, &d, w->csr, w->csr_len, at_s - 999999, cert, &len), ERR_OK);
}

static void order_is_signed_by_a_key_devices_trust(void **state)
{
	struct world *w = *state;
	struct order order = {.id = {7},
			      .created_s = 100,
			      .not_before_s = 90,
			      .not_after_s = 200,
			      .author = "ada",
			      .target_kind = ORDER_ALL,
			      .step_count = 1,
			      .steps[0].args = {.verb = VERB_KILL, .pid = 4711}};
	char why[ORDER_WHY_MAX];
	struct registry_order out = {.order_len = 0};
	uint8_t id[KEY_ID];

	assert_int_equal(fleet_sign(&w->fleet, &order, &out), ERR_OK);
	assert_int_equal(out.signature_count, 1);
	assert_int_equal(out.id[0], 7);
	assert_int_equal(out.not_after_s, 200);
	assert_string_equal(out.author, "ada");
	key_id(&w->fleet.order_public[0], id);
	assert_memory_equal(out.signatures[0].key_id, id, KEY_ID);
	assert_int_equal(key_verify(&w->fleet.order_public[0], out.order, out.order_len, out.signatures[0].bytes,
				    out.signatures[0].len),
			 ERR_OK);
	assert_int_equal(order_decode(out.order, out.order_len, &order, why), ERR_OK);
	assert_int_equal(order.steps[0].args.pid, 4711);
}

static void trust_holds_all_a_device_needs(void **state)
{
	struct world *w = *state;
	struct registry_device d = {.id = {9}, .group = "cams"};
	uint8_t memory[8192];
	struct buf b = buf_over(memory, sizeof(memory)), small = buf_over(memory, 100);
	Caltrop__V1__Trust *trust;
	struct fleet_bundle now;

	assert_int_equal(fleet_trust(&w->fleet, &d, &b), ERR_OK);
	trust = caltrop__v1__trust__unpack(NULL, b.len, memory);
	assert_non_null(trust);
	assert_int_equal(trust->n_ca, 1);
	assert_memory_equal(trust->ca[0].data, w->fleet.ca_cert, w->fleet.ca_cert_len);
	assert_int_equal(trust->n_order_keys, 1);
	assert_int_equal(trust->escrow_key.len, w->fleet.escrow.len);
	assert_string_equal(trust->group, "cams");
	assert_string_equal(trust->server_name, "fleet.example");
	assert_int_equal(trust->device_id.data[0], 9);
	assert_int_equal(fleet_bundle_read(w->dir, &now), ERR_OK);
	assert_int_equal(trust->bundle.len, now.len);
	assert_memory_equal(trust->bundle.data, now.sealed, now.len);
	caltrop__v1__trust__free_unpacked(trust, NULL);
	assert_int_equal(fleet_trust(&w->fleet, &d, &small), ERR_TOO_LONG);
}

/* A sealed bundle after the one in force, signed with the key in that file. */
static struct str next_bundle(const struct bundle *b, const char *dir, const char *key_file)
{
	static uint8_t memory[BUNDLE_SEALED_MAX];
	struct bundle_sealed sealed = {.len = 0};
	struct buf bytes = buf_over(sealed.bytes, sizeof(sealed.bytes)), out = buf_over(memory, sizeof(memory));
	struct key_der key;
	char why[BUNDLE_WHY_MAX];

	assert_int_equal(fleet_file_key((struct fleet_file){dir, key_file}, "EC PRIVATE KEY", &key), ERR_OK);
	assert_int_equal(bundle_encode(&bytes, b, why), ERR_OK);
	sealed.len = (uint16_t)bytes.len;
	assert_int_equal(bundle_sign(&sealed, &key, key_random_kernel), ERR_OK);
	assert_int_equal(bundle_seal(&out, &sealed), ERR_OK);
	return buf_str(&out);
}

static void first_bundle_trusts_what_the_fleet_has(void **state)
{
	struct world *w = *state;
	struct fleet_bundle now;

	assert_int_equal(fleet_bundle_read(w->dir, &now), ERR_OK);
	assert_int_equal(now.bundle.version, 1);
	assert_int_equal(now.bundle.roots_needed, 1);
	assert_int_equal(now.bundle.root_count, 2);
	assert_int_equal(now.bundle.order_count, 1);
	assert_memory_equal(now.bundle.orders[0].key.bytes, w->fleet.order_public[0].bytes,
			    w->fleet.order_public[0].len);
	assert_memory_equal(now.bundle.fleet, w->fleet.id, sizeof(now.bundle.fleet));
	assert_memory_equal(now.bundle.escrow.bytes, w->fleet.escrow.bytes, w->fleet.escrow.len);
}

static void root_key_retires_the_service_s_order_key(void **state)
{
	struct world *w = *state;
	struct fleet_bundle now;
	struct registry_order order;
	struct order wanted = {.step_count = 1, .target_kind = ORDER_ALL, .not_after_s = 9};
	char why[SUCCESSION_WHY_MAX];

	memcpy(wanted.author, "ada", 4);
	wanted.steps[0].args.verb = VERB_BAN;
	wanted.steps[0].args.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	assert_int_equal(fleet_sign(&w->fleet, &wanted, &order), ERR_OK);
	assert_int_equal(fleet_bundle_read(w->dir, &now), ERR_OK);
	now.bundle.version++;
	now.bundle.order_count = 0;
	memset(now.bundle.orders, 0, sizeof(now.bundle.orders));
	assert_int_equal(fleet_bundle_put(&w->fleet, next_bundle(&now.bundle, w->dir, "order_key.pem"), why),
			 ERR_UNTRUSTED);
	assert_int_equal(fleet_bundle_put(&w->fleet, next_bundle(&now.bundle, w->dir, "ca_key.pem"), why),
			 ERR_UNTRUSTED);
	assert_int_equal(fleet_bundle_put(&w->fleet, next_bundle(&now.bundle, w->keys, "root_key_2.pem"), why), ERR_OK);
	assert_int_equal(fleet_bundle_put(&w->fleet, next_bundle(&now.bundle, w->keys, "root_key_1.pem"), why),
			 ERR_EXISTS);
	assert_int_equal(fleet_sign(&w->fleet, &wanted, &order), ERR_REVOKED);
}

static void keys_are_not_written_into_the_fleet_s_directory(void **state)
{
	struct world *w = *state;
	char dir[80], inside[96], error[FLEET_CONF_ERROR_MAX] = "";
	struct fleet_create request;

	snprintf(dir, sizeof(dir), "%s/other", w->keys);
	snprintf(inside, sizeof(inside), "%s/../other/keys", dir);
	request = request_for(dir, inside);
	assert_int_equal(fleet_create(&request, w->wall_s, error), ERR_INVALID);
	assert_non_null(strstr(error, "inside of the fleet's directory"));
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void settings_say_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[gateway]\nlisten = 8443\n", "line 2: listen: wants an address and a port"},
		{"[gateway]\nlisten = [::1:8443\n", "line 2: listen: wants"},
		{"[gateway]\nlisten = 192.0.2.1:99999\n", "line 2: listen: wants"},
		{"[gateway]\nloops = 99\n", "line 2: loops: wants a number from 0 to 32"},
		{"[gateway]\nlistn = x\n", "line 2: listn: there is no such key"},
		{"[gatewy]\nlisten = x\n", "line 2: gatewy: there is no such section"},
		{"[server]\nlog_level = loud\n",
		 "line 2: log_level: wants one of error, warning, notice, info and debug"},
		{"[server]\ndrain_seconds = 61\n", "line 2: drain_seconds: wants a number from 0 to 60"},
		{"[api]\nsecond_factor = maybe\n", "line 2: second_factor: wants yes or no"},
		{"[devices]\ncert_days = 0\n", "line 2: cert_days: wants a number from 1"},
		{"[crowd]\ndevices = 1\n", "line 2: devices: wants a number from 2 to 8"},
		{"[crowd]\ndevices = 9\n", "line 2: devices: wants a number from 2 to 8"},
		{"[crowd]\nwindow_seconds = 59\n", "line 2: window_seconds: wants a number from 60"},
		{"[crowd]\nban_seconds = 2592001\n", "line 2: ban_seconds: wants a number from 0"},
		{"[retention]\nbytes = 10X\n", "line 2: bytes: wants a number of bytes from 16M on"},
		/* Ten bytes, where ten of something was meant, would remove all that there is. */
		{"[retention]\nbytes = 10\n", "line 2: bytes: wants a number of bytes from 16M on"},
		{"[retention]\nbytes = 1023K\n", "line 2: bytes: wants a number of bytes from 16M on"},
		{"[retention]\nbytes = 99999999999T\n", "line 2: bytes: wants a number"},
		{"[objects]\ndevice_bytes = x\n", "line 2: device_bytes: wants a number of bytes"},
		{"[server]\nnames = fleet.example *.fleet.example\n",
		 "line 2: names: wants at most 16 names or addresses"},
		{"[server]\nnames = fleet.example/\n", "line 2: names: wants at most 16 names or addresses"},
		{"[alerts]\nallow = 10.0.0.0/33\n", "line 2: allow: wants at most 16 addresses"},
		{"[alerts]\nallow = 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9 1.1.1.10 "
		 "1.1.1.11 1.1.1.12 1.1.1.13 1.1.1.14 1.1.1.15 1.1.1.16 1.1.1.17\n",
		 "line 2: allow: wants at most 16 addresses"},
		{"[alerts]\nports = 443 0\n", "line 2: ports: wants at most 16 numbers"},
	};
	struct fleet_conf conf;
	char error[FLEET_CONF_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fleet_conf_read(str_from(cases[i].text), &conf, error), ERR_INVALID);
		if (strncmp(error, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("%s", error);
	}
	assert_int_equal(fleet_conf_read(STR("[server]\nnames = a.example  b.example\nuser = caltrop\n[gateway]\n"
					     "listen = [2001:db8::1]:443\n[api]\nsecond_factor = no\n[retention]\ndays "
					     "= 0\nbytes = 10G\n"),
					 &conf, error),
			 ERR_OK);
	assert_int_equal(conf.name_count, 2);
	assert_string_equal(conf.names[1], "b.example");
	assert_string_equal(conf.gateway_listen, "[2001:db8::1]:443");
	assert_true(conf.retention_bytes == UINT64_C(10) << 30);
	assert_int_equal(conf.retention_days, 0);
	assert_int_equal(conf.grace_days, 30);
	assert_false(conf.second_factor);
	assert_int_equal(fleet_conf_read(STR("[retention]\nbytes = 0\n"), &conf, error), ERR_OK);
	assert_true(conf.retention_bytes == 0);
	assert_false(conf.retention_raised);
	/* As earlier versions took it. */
	assert_int_equal(fleet_conf_read(STR("[retention]\nbytes = 8M\n"), &conf, error), ERR_OK);
	assert_true(conf.retention_bytes == FLEET_CONF_STORE_MIN);
	assert_true(conf.retention_raised);
	assert_int_equal(fleet_conf_read(STR("[objects]\ndevice_bytes = 2M\n"), &conf, error), ERR_OK);
	assert_true(conf.object_bytes == 2u << 20);
	assert_int_equal(fleet_conf_read(STR("[alerts]\nallow = 10.1.0.0/16 fd00::1\nports = 2525\n"), &conf, error),
			 ERR_OK);
	assert_int_equal(conf.alert_allow_count, 2);
	assert_int_equal(conf.alert_allow[0].prefix, 16);
	assert_int_equal(conf.alert_port_count, 1);
	assert_int_equal(conf.alert_ports[0], 2525);
	assert_int_equal(fleet_conf_read(STR("[sso]\nadmin = fleet admins; ops\n"), &conf, error), ERR_OK);
	assert_string_equal(conf.sso_admin, "fleet admins; ops");
	assert_string_equal(conf.sso_claim, "groups");
	assert_int_equal(fleet_conf_read(STR("[sso]\nissuers = x\n"), &conf, error), ERR_INVALID);
}

/* What is commented out in the file we ship is what the program does without it. */
static void shipped_settings_are_the_defaults(void **state)
{
	FILE *file = fopen("ports/linux/server.conf", "r");
	struct fleet_conf conf, defaults;
	char text[8192] = "", line[512], error[FLEET_CONF_ERROR_MAX] = "";
	unsigned keys = 0;

	(void)state;
	assert_non_null(file);
	memset(&conf, 0, sizeof(conf));
	memset(&defaults, 0, sizeof(defaults));
	while (fgets(line, sizeof(line), file)) {
		bool key = line[0] == '#' && line[1] != ' ';

		keys += key;
		strncat(text, key ? line + 1 : line, sizeof(text) - strlen(text) - 1);
	}
	fclose(file);
	assert_int_equal(keys, 39);
	if (fleet_conf_read(str_from(text), &conf, error) != ERR_OK)
		fail_msg("%s", error);
	fleet_conf_init(&defaults);
	assert_memory_equal(&conf, &defaults, sizeof(conf));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(private_keys_are_for_their_owner_alone),
		TEST(fleet_is_not_overwritten),
		cmocka_unit_test(directory_above_must_be_there),
		TEST(missing_or_damaged_file_is_named),
		TEST(operators_may_hold_the_order_key),
		TEST(first_bundle_trusts_what_the_fleet_has),
		TEST(root_key_retires_the_service_s_order_key),
		TEST(keys_are_not_written_into_the_fleet_s_directory),
		TEST(server_certificate_bears_all_names),
		TEST(device_is_issued_a_certificate_of_its_id),
		TEST(token_is_good_for_its_uses_only),
		TEST(use_is_not_spent_when_nothing_was_stored),
		TEST(bad_tokens_are_told_apart),
		TEST(token_ends_with_the_root_keys_that_it_names),
		TEST(approval_is_waited_for),
		TEST(dead_token_issues_nothing_to_a_request_seen_before),
		TEST(certificates_are_issued_so_often_only),
		TEST(order_is_signed_by_a_key_devices_trust),
		TEST(trust_holds_all_a_device_needs),
		cmocka_unit_test(settings_say_what_is_wrong),
		cmocka_unit_test(shipped_settings_are_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
