/* SPDX-License-Identifier: Apache-2.0 */
/* Reads URIs. Opens nothing. */
#include "server-stub/cli/pkcs11_uri.h"

#include "agent/base/hex.h"
#include "agent/base/str.h"

#include <stdio.h>
#include <string.h>

static const char unknown[] = ", which is not known here";
static const char bad_value[] = " with a value that is empty, too long, or wrongly escaped";

bool pkcs11_uri_is(const char *text)
{
	return strncmp(text, PKCS11_URI_SCHEME, strlen(PKCS11_URI_SCHEME)) == 0;
}

/* "has" the name and what is wrong with it. */
static enum err refuse(char *why, struct str name, const char *wrong)
{
	char shown[48];

	str_show(name, shown, sizeof(shown));
	snprintf(why, PKCS11_URI_WHY_MAX, "has '%s'%s", shown, wrong);
	return ERR_INVALID;
}

/* Percent-decode. False: a bad escape, or more than fits. */
static bool decode(struct str text, uint8_t *out, size_t cap, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = (uint8_t)text.data[i];

		if (byte == '%') {
			int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text.data[i + 2]) : -1;

			if (low < 0)
				return false;
			byte = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (*len == cap)
			return false;
		out[(*len)++] = byte;
	}
	return *len > 0;
}

struct place {
	const char *name;
	char *text;
	size_t cap;
};

static enum err read_text(const struct place *p, struct str value, char *why)
{
	size_t len;

	if (p->text[0])
		return refuse(why, str_from(p->name), " twice");
	if (!decode(value, (uint8_t *)p->text, p->cap - 1, &len) || memchr(p->text, 0, len)) {
		p->text[0] = 0;
		return refuse(why, str_from(p->name), bad_value);
	}
	p->text[len] = 0;
	return ERR_OK;
}

static enum err read_attribute(struct str name, struct str value, struct pkcs11_uri *out, char *why)
{
	const struct place places[] = {
		{"token", out->token, sizeof(out->token)},
		{"manufacturer", out->manufacturer, sizeof(out->manufacturer)},
		{"serial", out->serial, sizeof(out->serial)},
		{"model", out->model, sizeof(out->model)},
		{"object", out->object, sizeof(out->object)},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (str_equal(name, str_from(places[i].name)))
			return read_text(&places[i], value, why);
	if (str_equal(name, STR("id"))) {
		if (decode(value, out->id, sizeof(out->id), &out->id_len))
			return ERR_OK;
		return refuse(why, name, bad_value);
	}
	/* Which half of the pair is meant, the command says. */
	if (str_equal(name, STR("type")) && (str_equal(value, STR("private")) || str_equal(value, STR("public"))))
		return ERR_OK;
	return refuse(why, name, unknown);
}

static enum err read_query(struct str name, struct str value, struct pkcs11_uri *out, char *why)
{
	const struct place module = {"module-path", out->module_path, sizeof(out->module_path)};
	const struct place pin = {"pin-source", out->pin_source, sizeof(out->pin_source)};

	if (str_equal(name, str_from(module.name)))
		return read_text(&module, value, why);
	if (str_equal(name, str_from(pin.name)))
		return read_text(&pin, value, why);
	if (str_equal(name, STR("pin-value")))
		return refuse(why, name, ", which anybody on this machine can read: use pin-source=FILE");
	return refuse(why, name, unknown);
}

static enum err read_list(struct str list, char between, struct pkcs11_uri *out, char *why)
{
	while (list.len > 0) {
		size_t end = str_find_byte(list, between);
		struct str one = str_sub(list, 0, end);
		size_t equals = str_find_byte(one, '=');
		enum err err;

		list = end == SIZE_MAX ? STR_NONE : str_sub(list, end + 1, SIZE_MAX);
		if (equals == SIZE_MAX)
			return refuse(why, one, ", which is not NAME=VALUE");
		err = (between == ';' ? read_attribute : read_query)(str_sub(one, 0, equals),
								     str_sub(one, equals + 1, SIZE_MAX), out, why);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err pkcs11_uri_read(const char *text, struct pkcs11_uri *out, char why[PKCS11_URI_WHY_MAX])
{
	struct str rest = str_from(text);
	size_t query;
	enum err err;

	memset(out, 0, sizeof(*out));
	snprintf(why, PKCS11_URI_WHY_MAX, "does not begin with %s", PKCS11_URI_SCHEME);
	if (!str_take(&rest, STR(PKCS11_URI_SCHEME)))
		return ERR_INVALID;
	query = str_find_byte(rest, '?');
	err = read_list(str_sub(rest, 0, query), ';', out, why);
	if (err == ERR_OK && query != SIZE_MAX)
		err = read_list(str_sub(rest, query + 1, SIZE_MAX), '&', out, why);
	if (err != ERR_OK)
		return err;
	if (!out->object[0] && out->id_len == 0) {
		snprintf(why, PKCS11_URI_WHY_MAX, "names no key: it needs object=NAME or id=%%XX%%XX...");
		return ERR_INVALID;
	}
	return ERR_OK;
}
