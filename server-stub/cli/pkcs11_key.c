/* SPDX-License-Identifier: Apache-2.0 */
/* Talks to the module. Only the key itself is trusted to the token: what it signs is checked here. */
#include "server-stub/cli/pkcs11_key.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "server-stub/cli/ask.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/pkcs11.h"
#include "server-stub/cli/pkcs11_uri.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE_DEFAULT "p11-kit-proxy.so"
#define SLOTS_MAX 64
#define ATTRIBUTES_MAX 8
#define POINT 65 /* SEC 1 2.3.3: uncompressed */
#define HALF 32	 /* of a raw signature: r, then s */

/* prime256v1 as DER (RFC 5480 2.1.1.1), and what stands before the point in a SubjectPublicKeyInfo. */
static const uint8_t curve[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t spki_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
				    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

enum use { USE_PUBLIC, USE_PRIVATE, USE_CREATE };

static const char *meaning(CK_RV rv)
{
	switch (rv) {
	case CKR_PIN_INCORRECT: return " (the PIN is wrong)";
	case CKR_PIN_EXPIRED: return " (the PIN has expired)";
	case CKR_PIN_LOCKED: return " (the PIN is locked)";
	case CKR_USER_PIN_NOT_INITIALIZED: return " (it has no user PIN yet)";
	case CKR_TOKEN_WRITE_PROTECTED: return " (it is write-protected)";
	default: return "";
	}
}

static int failed(const char *what, CK_RV rv)
{
	return opts_failed(COMMAND_FAILED, "%s: PKCS #11 error 0x%lx%s", what, rv, meaning(rv));
}

/* -- the module -- */

static int load(const struct pkcs11_uri *uri, struct pkcs11_key *out)
{
	const char *path = uri->module_path[0] ? uri->module_path : MODULE_DEFAULT;
	CK_RV (*list)(struct CK_FUNCTION_LIST * *functions);
	struct CK_FUNCTION_LIST *functions = NULL;
	CK_RV rv;

	out->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!out->module)
		return opts_failed(COMMAND_FAILED, "the PKCS #11 module cannot be loaded: %s%s", dlerror(),
				   uri->module_path[0] ? "" : "; name one by ?module-path= in the key's URI");
	*(void **)&list = dlsym(out->module, "C_GetFunctionList");
	if (!list || list(&functions) != CKR_OK || !functions || functions->version.major < 2)
		return opts_failed(COMMAND_FAILED, "%s is no PKCS #11 module", path);
	rv = functions->C_Initialize(NULL);
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return failed(path, rv);
	out->f = functions;
	return OPTS_GO_ON;
}

void pkcs11_key_close(struct pkcs11_key *key)
{
	if (key->session != 0) {
		(void)key->f->C_Logout(key->session);
		(void)key->f->C_CloseSession(key->session);
	}
	if (key->f)
		(void)key->f->C_Finalize(NULL);
	if (key->module)
		dlclose(key->module);
	memset(key, 0, sizeof(*key));
}

/* -- the token -- */

/* Whether a padded text is the wanted one; "" wants any. */
static bool is_wanted(const char *want, const CK_BYTE *padded, size_t size)
{
	size_t len = strlen(want);

	if (len == 0)
		return true;
	while (size > 0 && padded[size - 1] == ' ')
		size--;
	return size == len && memcmp(want, padded, len) == 0;
}

static int find_slot(const struct pkcs11_key *key, const struct pkcs11_uri *uri, CK_ULONG *slot)
{
	CK_ULONG slots[SLOTS_MAX], count = SLOTS_MAX;
	unsigned found = 0;
	CK_RV rv = key->f->C_GetSlotList(1, slots, &count);

	if (rv != CKR_OK)
		return failed("the tokens cannot be listed", rv);
	for (CK_ULONG i = 0; i < count; i++) {
		struct CK_TOKEN_INFO t;

		if (key->f->C_GetTokenInfo(slots[i], &t) != CKR_OK ||
		    !is_wanted(uri->token, t.label, sizeof(t.label)) ||
		    !is_wanted(uri->manufacturer, t.manufacturerID, sizeof(t.manufacturerID)) ||
		    !is_wanted(uri->model, t.model, sizeof(t.model)) ||
		    !is_wanted(uri->serial, t.serialNumber, sizeof(t.serialNumber)))
			continue;
		*slot = slots[i];
		found++;
	}
	if (found == 1)
		return OPTS_GO_ON;
	return opts_failed(found ? COMMAND_USAGE : COMMAND_NOT_FOUND,
			   found ? "several tokens fit the key's URI; add token= or serial="
				 : "there is no token '%s' here",
			   uri->token);
}

static int ask_pin(const struct pkcs11_uri *uri, char pin[ASK_MAX])
{
	const char *path = uri->pin_source[0] ? uri->pin_source : NULL;
	char prompt[64];

	if (path && strncmp(path, "file:", 5) == 0)
		path += 5;
	if (path && (path[0] == '|' || path[0] == 0))
		return opts_failed(COMMAND_USAGE, "pin-source takes the path of a file");
	if (!path && !isatty(STDIN_FILENO))
		return opts_failed(
			COMMAND_USAGE,
			"there is no terminal to ask for the PIN; name a file by ?pin-source= in the key's URI");
	snprintf(prompt, sizeof(prompt), "PIN of the token%s%.32s", uri->token[0] ? " " : "", uri->token);
	return ask_secret(path, prompt, pin) ? OPTS_GO_ON : COMMAND_FAILED;
}

static int log_in(const struct pkcs11_key *key, const struct pkcs11_uri *uri)
{
	char pin[ASK_MAX];
	int status = ask_pin(uri, pin);
	CK_RV rv;

	if (status != OPTS_GO_ON)
		return status;
	rv = key->f->C_Login(key->session, CKU_USER, (CK_BYTE *)pin, strlen(pin));
	key_wipe(pin, sizeof(pin));
	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? OPTS_GO_ON : failed("the token refuses", rv);
}

/* A session with the token; logged in unless only the public half is wanted. */
static int begin(const struct pkcs11_uri *uri, enum use use, struct pkcs11_key *out)
{
	CK_ULONG slot = 0, flags = CKF_SERIAL_SESSION | (use == USE_CREATE ? CKF_RW_SESSION : 0);
	int status = load(uri, out);
	CK_RV rv;

	if (status == OPTS_GO_ON)
		status = find_slot(out, uri, &slot);
	if (status != OPTS_GO_ON)
		return status;
	rv = out->f->C_OpenSession(slot, flags, NULL, NULL, &out->session);
	if (rv != CKR_OK) {
		out->session = 0;
		return failed("the token cannot be used", rv);
	}
	return use == USE_PUBLIC ? OPTS_GO_ON : log_in(out, uri);
}

/* -- objects -- */

struct list {
	struct CK_ATTRIBUTE items[ATTRIBUTES_MAX];
	CK_ULONG count;
};

static void add(struct list *l, CK_ULONG type, const void *value, size_t len)
{
	if (len > 0)
		l->items[l->count++] = (struct CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

/* What of a kind has the URI's name: the first object, and how many there are, up to 2. */
struct found {
	CK_ULONG object, count;
};

static CK_RV find(const struct pkcs11_key *key, const struct pkcs11_uri *uri, CK_ULONG class, struct found *out)
{
	const CK_ULONG kind = CKK_EC;
	CK_ULONG objects[2] = {0};
	struct list want = {.count = 0};
	CK_RV rv;

	add(&want, CKA_CLASS, &class, sizeof(class));
	add(&want, CKA_KEY_TYPE, &kind, sizeof(kind));
	add(&want, CKA_LABEL, uri->object, strlen(uri->object));
	add(&want, CKA_ID, uri->id, uri->id_len);
	out->count = 0;
	rv = key->f->C_FindObjectsInit(key->session, want.items, want.count);
	if (rv != CKR_OK)
		return rv;
	rv = key->f->C_FindObjects(key->session, objects, 2, &out->count);
	(void)key->f->C_FindObjectsFinal(key->session);
	out->object = objects[0];
	return rv;
}

static int find_one(const struct pkcs11_key *key, const struct pkcs11_uri *uri, CK_ULONG class, CK_ULONG *object)
{
	struct found found;
	CK_RV rv = find(key, uri, class, &found);
	const char *half = class == CKO_PUBLIC_KEY ? "public" : "private";

	if (rv != CKR_OK)
		return failed("the token's keys cannot be listed", rv);
	*object = found.object;
	if (found.count == 1)
		return OPTS_GO_ON;
	return opts_failed(found.count ? COMMAND_USAGE : COMMAND_NOT_FOUND,
			   found.count ? "several %s keys fit the URI; add id= or object="
				       : "the token has no %s EC key of that name",
			   half);
}

/* The point comes as an OCTET STRING in DER, and of some modules bare. */
static int read_public(const struct pkcs11_key *key, CK_ULONG object, struct key_der *out)
{
	uint8_t params[32], point[POINT + 8];
	struct CK_ATTRIBUTE want[] = {{CKA_EC_PARAMS, params, sizeof(params)}, {CKA_EC_POINT, point, sizeof(point)}};
	CK_RV rv = key->f->C_GetAttributeValue(key->session, object, want, 2);
	size_t len = want[1].ulValueLen;
	const uint8_t *at = point;

	if (rv == CKR_OK && len == POINT + 2 && point[0] == 0x04 && point[1] == POINT) {
		at += 2;
		len -= 2;
	}
	if (rv != CKR_OK || want[0].ulValueLen != sizeof(curve) || memcmp(params, curve, sizeof(curve)) != 0 ||
	    len != POINT || at[0] != 0x04)
		return opts_failed(COMMAND_FAILED, "the token's key is not a P-256 key");
	memcpy(out->bytes, spki_head, sizeof(spki_head));
	memcpy(out->bytes + sizeof(spki_head), at, POINT);
	out->len = sizeof(spki_head) + POINT;
	return OPTS_GO_ON;
}

/* -- what the command line does with it -- */

static int read_uri(const char *text, struct pkcs11_uri *out)
{
	char why[PKCS11_URI_WHY_MAX];

	if (pkcs11_uri_read(text, out, why) == ERR_OK)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_USAGE, "the key's URI %s", why);
}

static int open_key(const struct pkcs11_uri *uri, enum use use, struct pkcs11_key *out)
{
	CK_ULONG object = 0;
	int status = begin(uri, use, out);

	if (status == OPTS_GO_ON)
		status = find_one(out, uri, CKO_PUBLIC_KEY, &object);
	if (status == OPTS_GO_ON)
		status = read_public(out, object, &out->public_key);
	if (status == OPTS_GO_ON && use == USE_PRIVATE)
		status = find_one(out, uri, CKO_PRIVATE_KEY, &out->private_key);
	return status;
}

int pkcs11_key_open(const char *text, struct pkcs11_key *out)
{
	struct pkcs11_uri uri;
	int status = read_uri(text, &uri);

	memset(out, 0, sizeof(*out));
	if (status == OPTS_GO_ON)
		status = open_key(&uri, USE_PRIVATE, out);
	if (status != OPTS_GO_ON)
		pkcs11_key_close(out);
	return status;
}

int pkcs11_key_public(const char *text, struct key_der *out)
{
	struct pkcs11_key key = {.module = NULL};
	struct pkcs11_uri uri;
	int status = read_uri(text, &uri);

	if (status == OPTS_GO_ON)
		status = open_key(&uri, USE_PUBLIC, &key);
	*out = key.public_key;
	pkcs11_key_close(&key);
	return status;
}

static int generate(const struct pkcs11_key *key, const struct pkcs11_uri *uri, CK_ULONG *object)
{
	static const CK_BYTE yes = 1, no = 0;
	struct list public = {.count = 0}, private = {.count = 0};
	struct CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	struct list *const both[] = {&public, &private};
	CK_ULONG private_key = 0;
	CK_RV rv;

	for (unsigned i = 0; i < 2; i++) {
		add(both[i], CKA_TOKEN, &yes, 1);
		add(both[i], CKA_LABEL, uri->object, strlen(uri->object));
		add(both[i], CKA_ID, uri->id, uri->id_len);
	}
	add(&public, CKA_VERIFY, &yes, 1);
	add(&public, CKA_EC_PARAMS, curve, sizeof(curve));
	add(&private, CKA_SIGN, &yes, 1);
	add(&private, CKA_PRIVATE, &yes, 1);
	add(&private, CKA_SENSITIVE, &yes, 1);
	add(&private, CKA_EXTRACTABLE, &no, 1);
	rv = key->f->C_GenerateKeyPair(key->session, &mechanism, public.items, public.count, private.items,
				       private.count, object, &private_key);
	return rv == CKR_OK ? OPTS_GO_ON : failed("the token makes no key", rv);
}

static int create(const struct pkcs11_uri *uri, struct pkcs11_key *key)
{
	struct found found;
	CK_ULONG object = 0;
	int status = begin(uri, USE_CREATE, key);

	if (status != OPTS_GO_ON)
		return status;
	if (find(key, uri, CKO_PRIVATE_KEY, &found) != CKR_OK || found.count > 0)
		return opts_failed(COMMAND_CONFLICT, "the token has a key of that name already");
	status = generate(key, uri, &object);
	return status == OPTS_GO_ON ? read_public(key, object, &key->public_key) : status;
}

int pkcs11_key_create(const char *text, struct key_der *public_key)
{
	struct pkcs11_key key = {.module = NULL};
	struct pkcs11_uri uri;
	int status = read_uri(text, &uri);

	if (status == OPTS_GO_ON)
		status = create(&uri, &key);
	*public_key = key.public_key;
	pkcs11_key_close(&key);
	return status;
}

/* A positive INTEGER (X.690 8.3): without leading zeros, and with one where the first bit is set. */
static void put_integer(struct buf *b, const uint8_t bytes[HALF])
{
	size_t from = 0;

	while (from < HALF - 1 && bytes[from] == 0)
		from++;
	buf_be8(b, 0x02);
	buf_be8(b, (uint8_t)(HALF - from + (bytes[from] >> 7)));
	if (bytes[from] >> 7)
		buf_be8(b, 0);
	buf_bytes(b, bytes + from, HALF - from);
}

enum err pkcs11_key_sign(const struct pkcs11_key *key, struct str data, uint8_t signature[KEY_SIGNATURE_MAX],
			 size_t *signature_len)
{
	struct CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
	uint8_t digest[32], raw[2 * HALF], inner_bytes[KEY_SIGNATURE_MAX];
	CK_ULONG raw_len = sizeof(raw);
	struct buf inner = buf_over(inner_bytes, sizeof(inner_bytes)), out = buf_over(signature, KEY_SIGNATURE_MAX);

	*signature_len = 0;
	key_sha256(data.data, data.len, digest);
	if (key->f->C_SignInit(key->session, &mechanism, key->private_key) != CKR_OK ||
	    key->f->C_Sign(key->session, digest, sizeof(digest), raw, &raw_len) != CKR_OK || raw_len != sizeof(raw))
		return ERR_CRYPTO;
	put_integer(&inner, raw);
	put_integer(&inner, raw + HALF);
	buf_be8(&out, 0x30);
	buf_be8(&out, (uint8_t)inner.len);
	buf_bytes(&out, inner.data, inner.len);
	if (key_verify(&key->public_key, data.data, data.len, signature, out.len) != ERR_OK)
		return ERR_SIGNATURE;
	*signature_len = out.len;
	return ERR_OK;
}
