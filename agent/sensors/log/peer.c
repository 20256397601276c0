/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the addresses of clients as daemons write them. Never sets anything from a text that it does not recognise. */
#include "agent/sensors/log/peer.h"

#include "agent/sensors/log/scan.h"

#define HOST_MAX 255 /* RFC 1035 2.3.4 */

static bool is_host_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
	       c == '_' || c == ':' || c == '%';
}

static bool is_host(struct str text)
{
	if (text.len > HOST_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_host_byte(text.data[i]))
			return false;
	return true;
}

bool peer_set(struct auth_event *a, struct str text)
{
	a->src_host = STR_NONE;
	a->src_port = 0;
	if (addr_parse(text, &a->src) == ERR_OK)
		return true;
	if (text.len == 0 || str_equal(text, STR("UNKNOWN")) || str_equal(text, STR("?")))
		return true;
	if (!is_host(text))
		return false;
	a->src_host = text;
	return true;
}

void peer_clear(struct auth_event *a)
{
	a->src = (struct addr){0};
	a->src_host = STR_NONE;
	a->src_port = 0;
}

static bool port_number(struct str text, uint16_t *out)
{
	uint32_t value;

	if (text.len == 0 || text.len > 5 || scan_number(text, &value) != text.len)
		return false;
	*out = (uint16_t)value;
	return value <= UINT16_MAX;
}

/* A port counts only beside an address or a name: sshd writes "UNKNOWN port 65535". */
static void set_port(struct auth_event *a, uint32_t port)
{
	if (a->src.family || a->src_host.len)
		a->src_port = (uint16_t)port;
}

bool peer_take(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	struct str word = str_sub(rest, 0, scan_word(rest));
	uint32_t port = 0;

	rest = str_sub(rest, word.len, SIZE_MAX);
	/* A colon at the end of a word is not part of an address, unless it is the second one of "::". */
	if (word.len > 1 && word.data[word.len - 1] == ':' && word.data[word.len - 2] != ':') {
		word.len--;
		rest = (struct str){rest.data - 1, rest.len + 1};
	} else if (str_take(&rest, STR(" port "))) {
		size_t digits = scan_number(rest, &port);

		if (digits == 0 || port > UINT16_MAX)
			return false;
		rest = str_sub(rest, digits, SIZE_MAX);
	}
	if (word.len == 0 || !peer_set(a, word))
		return false;
	set_port(a, port);
	*s = rest;
	return true;
}

/* Take the last word of *s. */
static inline struct str take_last_word(struct str *s)
{
	size_t at = scan_last_word(*s);
	struct str word = {s->data + at, s->len - at};

	s->len = at;
	return word;
}

bool peer_take_back(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	uint32_t port = 0;
	size_t digits = scan_number_back(rest, &port);

	if (digits && port <= UINT16_MAX && str_ends((struct str){rest.data, rest.len - digits}, STR(" port ")))
		rest.len -= digits + sizeof(" port ") - 1;
	else
		port = 0;
	struct str word = take_last_word(&rest);

	if (word.len == 0 || !peer_set(a, word))
		return false;
	set_port(a, port);
	*s = rest;
	return true;
}

bool peer_take_back_colon(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	struct str host = take_last_word(&rest);
	size_t colon = host.len;
	uint16_t port = 0;

	while (colon > 0 && host.data[colon - 1] != ':')
		colon--;
	if (colon < 2 || !port_number(str_sub(host, colon, SIZE_MAX), &port))
		return false;
	host.len = colon - 1;
	if (host.data[0] == '[' && str_take_back(&host, STR("]")))
		host = str_sub(host, 1, SIZE_MAX);
	if (!peer_set(a, host))
		return false;
	set_port(a, port);
	*s = rest;
	return true;
}

bool peer_take_bracket(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	uint16_t port = 0;

	if (!str_take(&rest, STR("[")))
		return false;
	struct str host = str_cut(&rest, ']');
	struct str number = rest;

	number.len = scan_word(rest);
	if (!str_take(&number, STR(":")) || !port_number(number, &port) || !peer_set(a, host))
		return false;
	set_port(a, port);
	*s = str_sub(rest, number.len + 1, SIZE_MAX);
	return true;
}

bool peer_take_wrapped(struct str s, bool cut, struct auth_event *a)
{
	if (!str_take(&s, STR("refused connect from ")) || !str_take_back(&s, STR(")")))
		return false;
	size_t at = str_find_back(s, STR(" ("));

	a->outcome = AUTH_PROBE;
	a->reason = REASON_NOT_ALLOWED;
	if (at == SIZE_MAX || !peer_set(a, str_sub(s, at + 2, SIZE_MAX)))
		return false;
	if (cut)
		peer_clear(a);
	return true;
}
