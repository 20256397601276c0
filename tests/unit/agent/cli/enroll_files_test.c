/* SPDX-License-Identifier: Apache-2.0 */
/* What an enrolment leaves behind, and what it does not take from a service. */
#include "agent/cli/enroll_files.h"
#include "agent/cli/enroll_vouch.h"
#include "proto/bundle.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY_S 86400

static char dir[32];
static struct settings settings;
static struct enroll_files files;

/* What a service gives: its root, and a certificate for the device's key. */
struct service {
	struct key_der key;
	uint8_t root[KEY_CERT_MAX], cert[KEY_CERT_MAX], root_sha256[32];
	size_t root_len, cert_len;
	ProtobufCBinaryData ca, order_key;
	Caltrop__V1__Trust trust;
	Caltrop__V1__EnrollReply reply;
	struct token token; /* that an operator made at it */
};

static struct service service;
static uint8_t id[16] = {0xd0, 1};

static int set_up(void **state)
{
	const struct passwd *me = getpwuid(geteuid());

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/caltrop-enroll-......");
	memset(dir + strlen(dir) - 6, 'X', 6);
	if (!me || !mkdtemp(dir))
		return 1;
	settings_default(&settings);
	snprintf(settings.user, sizeof(settings.user), "%s", me->pw_name);
	snprintf(settings.state_dir, sizeof(settings.state_dir), "%s/a/b/state", dir);
	return enroll_files_open(&files, &settings) != ERR_OK;
}

static int tear_down(void **state)
{
	(void)state;
	enroll_files_close(&files);
	return files_remove(dir);
}

static void certify(enum key_cert_kind kind, const struct key_der *subject, uint8_t *cert, size_t *len)
{
	const struct key_cert_request request = {
		.kind = kind,
		.subject_key = subject,
		.issuer_key = &service.key,
		.subject = kind == KEY_CERT_CA ? "CN=root" : "CN=device",
		.issuer = "CN=root",
		.serial = {1},
		.not_before_s = time(NULL) - DAY_S,
		.not_after_s = time(NULL) + DAY_S,
	};

	assert_int_equal(key_cert(&request, key_random_kernel, cert, len), ERR_OK);
}

static char group[] = "lab", server_name[] = "fleet.example";

static void certify_device(const struct key_der *key)
{
	struct key_der public_key;

	assert_int_equal(key_public(key, &public_key), ERR_OK);
	certify(KEY_CERT_DEVICE, &public_key, service.cert, &service.cert_len);
	service.reply.certificate = (ProtobufCBinaryData){service.cert_len, service.cert};
}

static void make_service(const struct key_der *device)
{
	static struct key_der public_key;

	assert_int_equal(key_generate(key_random_kernel, &service.key), ERR_OK);
	assert_int_equal(key_public(&service.key, &public_key), ERR_OK);
	certify(KEY_CERT_CA, &public_key, service.root, &service.root_len);
	key_sha256(service.root, service.root_len, service.root_sha256);
	service.token = (struct token){.port = 1};
	memcpy(service.token.ca_sha256, service.root_sha256, sizeof(service.root_sha256));
	service.ca = (ProtobufCBinaryData){service.root_len, service.root};
	service.order_key = (ProtobufCBinaryData){public_key.len, public_key.bytes};
	caltrop__v1__trust__init(&service.trust);
	caltrop__v1__enroll_reply__init(&service.reply);
	service.trust.n_ca = service.trust.n_order_keys = 1;
	service.trust.ca = &service.ca;
	service.trust.order_keys = &service.order_key;
	service.trust.group = group;
	service.trust.server_name = server_name;
	service.trust.device_id = (ProtobufCBinaryData){sizeof(id), id};
	service.reply.trust = &service.trust;
	certify_device(device);
}

static bool there(int at, const char *name, mode_t mode)
{
	struct stat st;

	if (fstatat(at, name, &st, 0) != 0)
		return false;
	assert_int_equal(st.st_mode & 07777, mode);
	return true;
}

static void reads(int at, const char *name, const char *begins)
{
	char text[4096];
	int fd = openat(at, name, O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	assert_true(fd >= 0 && len >= 0);
	text[len] = '\0';
	close(fd);
	assert_memory_equal(text, begins, strlen(begins));
}

static void request_is_made_once_and_used_again(void **state)
{
	struct key_der first, second;
	uint8_t csr[KEY_CSR_MAX], again[KEY_CSR_MAX];
	size_t len, again_len;

	(void)state;
	assert_int_equal(enroll_files_request(&files, &first, csr, &len), ERR_OK);
	assert_true(there(files.identity, "enroll_key.pem", 0600));
	assert_int_equal(enroll_files_request(&files, &second, again, &again_len), ERR_OK);
	assert_int_equal(again_len, len);
	assert_memory_equal(again, csr, len);
	assert_memory_equal(second.bytes, first.bytes, first.len);
	/* A key without its request, or a damaged one, is of no use: both are made anew. */
	assert_int_equal(unlinkat(files.identity, "enroll.csr", 0), 0);
	assert_int_equal(enroll_files_request(&files, &second, again, &again_len), ERR_OK);
	assert_memory_not_equal(second.bytes, first.bytes, first.len);
}

static void enrolment_leaves_trust_and_identity(void **state)
{
	struct key_der key;
	uint8_t csr[KEY_CSR_MAX];
	size_t len;

	(void)state;
	assert_int_equal(enroll_files_request(&files, &key, csr, &len), ERR_OK);
	make_service(&key);
	assert_false(enroll_files_enrolled(&files));
	assert_int_equal(enroll_files_keep(&files, &service.reply, &key, &service.token), ERR_OK);
	assert_true(enroll_files_enrolled(&files));
	assert_true(there(files.identity, "key.pem", 0600) && there(files.identity, "cert.pem", 0600));
	assert_true(there(files.trust, "ca.pem", 0644) && there(files.trust, "order_keys.pem", 0644));
	reads(files.trust, "device_id", "d0010000000000000000000000000000\n");
	reads(files.trust, "group", "lab\n");
	reads(files.trust, "server_name", "fleet.example\n");
	/* No escrow key was given, and the request has done its work. */
	assert_false(there(files.trust, "escrow.pem", 0644));
	assert_false(there(files.identity, "enroll_key.pem", 0600) || there(files.identity, "enroll.csr", 0600));
}

static void copy(int at, const char *from, const char *to)
{
	char text[4096];
	int in = openat(at, from, O_RDONLY), out = openat(at, to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t len = read(in, text, sizeof(text));

	assert_true(len > 0);
	assert_int_equal(write(out, text, (size_t)len), len);
	close(in);
	close(out);
}

/* The pair that belongs together, also in the middle of a renewal. */
static void enrolled_device_signs_for_itself(void **state)
{
	struct key_der key, public_key;
	struct enroll_vouch vouch;
	struct vouch v = {service.root_sha256, STR("ct1.token"), STR("csr"), STR_NONE};
	uint8_t csr[KEY_CSR_MAX], statement[VOUCH_STATEMENT];
	size_t len;

	(void)state;
	assert_int_equal(enroll_vouch_open(&files, &vouch), ERR_CORRUPT);
	assert_int_equal(enroll_files_request(&files, &key, csr, &len), ERR_OK);
	make_service(&key);
	assert_int_equal(enroll_files_keep(&files, &service.reply, &key, &service.token), ERR_OK);
	copy(files.identity, "cert.pem", "next_cert.pem");
	assert_int_equal(enroll_vouch_open(&files, &vouch), ERR_OK);
	assert_memory_equal(vouch.device, id, sizeof(id));
	assert_int_equal(vouch.cert_len, service.cert_len);
	assert_memory_equal(vouch.cert, service.cert, service.cert_len);
	assert_int_equal(enroll_vouch_sign(&vouch, v), ERR_OK);
	v.certificate = (struct str){(char *)service.cert, service.cert_len};
	vouch_statement(&v, statement);
	assert_int_equal(key_public(&key, &public_key), ERR_OK);
	assert_int_equal(key_verify(&public_key, statement, sizeof(statement), vouch.signature, vouch.signature_len),
			 ERR_OK);
	/* A device that does not know who it is shows nothing. */
	copy(files.trust, "group", "device_id");
	assert_int_equal(enroll_vouch_open(&files, &vouch), ERR_CORRUPT);
}

/* Nothing of it is kept: the device counts as not enrolled, and may try again with the same request. */
static void refuses(const struct key_der *key, const struct token *token, enum err err)
{
	assert_int_equal(enroll_files_keep(&files, &service.reply, key, token), err);
	assert_true(files.why[0]);
	assert_false(enroll_files_enrolled(&files));
	assert_true(there(files.identity, "enroll_key.pem", 0600));
	assert_false(there(files.identity, "cert.pem", 0600) || there(files.trust, "ca.pem", 0644));
}

static void enrolment_refuses_what_does_not_fit(void **state)
{
	static const struct token other_token = {.ca_sha256 = {1}};
	static char two_lines[] = "lab\nroot";
	struct key_der key, other;
	uint8_t csr[KEY_CSR_MAX];
	size_t len;

	(void)state;
	assert_int_equal(enroll_files_request(&files, &key, csr, &len), ERR_OK);
	make_service(&key);
	refuses(&key, &other_token, ERR_UNTRUSTED);
	service.trust.group = two_lines;
	refuses(&key, &service.token, ERR_CORRUPT);
	service.trust.group = group;
	service.trust.server_name = two_lines;
	refuses(&key, &service.token, ERR_CORRUPT);
	service.trust.server_name = server_name;
	service.trust.device_id.len = 15;
	refuses(&key, &service.token, ERR_CORRUPT);
	service.trust.device_id.len = 16;
	service.reply.trust = NULL;
	refuses(&key, &service.token, ERR_CORRUPT);
	service.reply.trust = &service.trust;
	service.reply.certificate.len /= 2;
	refuses(&key, &service.token, ERR_CORRUPT);
	assert_int_equal(key_generate(key_random_kernel, &other), ERR_OK);
	certify_device(&other);
	refuses(&key, &service.token, ERR_CORRUPT);
	certify_device(&key);
	assert_int_equal(enroll_files_keep(&files, &service.reply, &key, &service.token), ERR_OK);
}

/* A bundle that its own root key signed, whichever that is. */
static void give_bundle(const struct key_der *root)
{
	static uint8_t bytes[BUNDLE_SEALED_MAX];
	static struct bundle b;
	static struct bundle_sealed sealed;
	struct buf inner = buf_over(sealed.bytes, sizeof(sealed.bytes)), outer = buf_over(bytes, sizeof(bytes));
	char why[BUNDLE_WHY_MAX];

	memset(&b, 0, sizeof(b));
	b.version = b.roots_needed = b.root_count = b.ca_count = 1;
	assert_int_equal(key_public(root, &b.roots[0]), ERR_OK);
	b.cas[0].len = (uint16_t)service.root_len;
	memcpy(b.cas[0].der, service.root, service.root_len);
	assert_int_equal(bundle_encode(&inner, &b, why), ERR_OK);
	sealed.len = (uint16_t)inner.len;
	sealed.signature_count = 0;
	assert_int_equal(bundle_sign(&sealed, root, key_random_kernel), ERR_OK);
	assert_int_equal(bundle_seal(&outer, &sealed), ERR_OK);
	service.trust.bundle = (ProtobufCBinaryData){outer.len, bytes};
	bundle_roots_sha256(&b, service.token.roots_sha256);
}

/* Who took over the service after the token was made has the CA, and not the root key. */
static void first_enrolment_takes_the_root_keys_of_the_token_only(void **state)
{
	struct key_der key, root, stolen;
	struct token token;
	uint8_t csr[KEY_CSR_MAX];
	size_t len;

	(void)state;
	assert_int_equal(enroll_files_request(&files, &key, csr, &len), ERR_OK);
	make_service(&key);
	assert_int_equal(key_generate(key_random_kernel, &root), ERR_OK);
	assert_int_equal(key_generate(key_random_kernel, &stolen), ERR_OK);
	give_bundle(&root);
	token = service.token;
	token.has_roots = true;
	give_bundle(&stolen);
	refuses(&key, &token, ERR_UNTRUSTED);
	assert_non_null(strstr(files.why, "root keys"));
	service.trust.bundle.len = 0;
	refuses(&key, &token, ERR_UNTRUSTED);
	give_bundle(&root);
	assert_int_equal(enroll_files_keep(&files, &service.reply, &key, &token), ERR_OK);
	assert_true(there(files.trust, "bundle", 0644));
}

static void token_without_root_keys_takes_what_the_service_has(void **state)
{
	struct key_der key, root;
	uint8_t csr[KEY_CSR_MAX];
	size_t len;

	(void)state;
	assert_int_equal(enroll_files_request(&files, &key, csr, &len), ERR_OK);
	make_service(&key);
	assert_int_equal(key_generate(key_random_kernel, &root), ERR_OK);
	give_bundle(&root);
	service.token.has_roots = false;
	assert_int_equal(enroll_files_keep(&files, &service.reply, &key, &service.token), ERR_OK);
	assert_true(there(files.trust, "bundle", 0644));
}

static void server_is_named_beside_the_settings(void **state)
{
	char config[64], drop_in[96];

	(void)state;
	snprintf(config, sizeof(config), "%s/c/caltrop.conf", dir);
	snprintf(drop_in, sizeof(drop_in), "%s.d/50-server.conf", config);
	assert_int_equal(enroll_files_server(&files, config, "fleet.example", 8443), ERR_OK);
	reads(AT_FDCWD, drop_in, "# Written by `caltrop enroll`.\n[server]\naddress = fleet.example:8443\n");
	assert_int_equal(enroll_files_server(&files, config, "2001:db8::1", 8443), ERR_OK);
	reads(AT_FDCWD, drop_in, "# Written by `caltrop enroll`.\n[server]\naddress = [2001:db8::1]:8443\n");
}

static void user_that_does_not_exist_is_named(void **state)
{
	struct enroll_files none;

	(void)state;
	snprintf(settings.user, sizeof(settings.user), "no-such-user");
	assert_int_equal(enroll_files_open(&none, &settings), ERR_NOT_FOUND);
	assert_non_null(strstr(none.why, "'no-such-user'"));
	enroll_files_close(&none);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(request_is_made_once_and_used_again),
		IN_DIR(enrolment_leaves_trust_and_identity),
		IN_DIR(enrolled_device_signs_for_itself),
		IN_DIR(enrolment_refuses_what_does_not_fit),
		IN_DIR(first_enrolment_takes_the_root_keys_of_the_token_only),
		IN_DIR(token_without_root_keys_takes_what_the_service_has),
		IN_DIR(server_is_named_beside_the_settings),
		IN_DIR(user_that_does_not_exist_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
