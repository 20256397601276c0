/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of a web server's access log, as the server's own settings declare it:
 *	nginx		log_format of ngx_http_log_module, "$remote_addr - $remote_user [$time_local] ..."
 *	apache		LogFormat of mod_log_config, "%h %l %u %t \"%r\" %>s %b"
 *	lighttpd	accesslog.format of mod_accesslog
 *	json		names of members, "src=request.remote_ip status=status user=user_id ..."
 *
 * A format is taken only if a client cannot shift what matters. A part of a line has an end that is certain if it is
 * text between quotes, in which servers escape quotes, or if its bytes are of a class that does not have the byte
 * behind it. All up to the first part without a certain end is read from the front of a line, and all behind the last
 * such part from the back. Lists of a proxy's upstreams have blanks ("0.001, 0.002"), so they and the server's words
 * beside them are a run: one part as seen from outside, read from its own front. The client's address and the status
 * must be among these.
 *
 * nginx's may be as it stands in nginx.conf: in pieces between single quotes, and behind "escape=json". With
 * "escape=none" no quotes are escaped, so nothing that a client sends has a certain end.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_FORMAT_MAX 512 /* bytes of a format with its syntax's name */
#define ACCESS_PARTS_MAX 40
#define ACCESS_WHY_MAX 64

enum access_syntax { ACCESS_NGINX, ACCESS_APACHE, ACCESS_LIGHTTPD, ACCESS_JSON, ACCESS_SYNTAXES };

enum access_field {
	ACCESS_OTHER, /* of no interest */
	ACCESS_SRC,   /* the other end of the connection */
	ACCESS_STATUS,
	ACCESS_USER,
	ACCESS_TIME,
	ACCESS_REQUEST, /* "GET /x HTTP/1.1" */
	ACCESS_METHOD,
	ACCESS_URL,
	ACCESS_FORWARDED,   /* X-Forwarded-For */
	ACCESS_CREDENTIALS, /* Authorization */
	ACCESS_CHALLENGE,   /* WWW-Authenticate of the answer */
	ACCESS_FIELDS,
};

/* Which bytes a part has. Only the last three may be a client's. */
enum access_class {
	ACCESS_CLASS_NUMBER,  /* digits . - */
	ACCESS_CLASS_NAME,    /* letters digits . - _ */
	ACCESS_CLASS_ADDRESS, /* letters digits . : % - _ */
	ACCESS_CLASS_WORD,    /* letters digits . : % - _ / + @ ~ */
	ACCESS_CLASS_DATE,    /* letters digits . : , / + - _ and blanks */
	ACCESS_CLASS_LIST,    /* all of these, [ and ] */
	ACCESS_CLASS_TOKEN,   /* a client's, letters digits ! # $ % & ' * + - . ^ _ ` | ~ (RFC 9110 5.6.2) */
	ACCESS_CLASS_HOST,    /* a client's, as WORD by the server's own rules */
	ACCESS_CLASS_TEXT,    /* a client's, any bytes */
};

struct access_part {
	struct str before; /* the text before it */
	uint8_t field;	   /* enum access_field */
	uint8_t class;	   /* enum access_class */
	bool quoted;	   /* it is all between two quotes */
	uint8_t run;	   /* how many parts of `inner` it consists of, 0: it is one */
	uint8_t run_at;	   /* the first of them */
	uint8_t run_known; /* how many of them have a certain end, from the first on */
};

struct access_format {
	uint8_t syntax; /* enum access_syntax */
	uint8_t count;
	uint8_t front, back;		 /* parts that are read from the front and from the back of a line */
	bool unescaped;			 /* quotes in a client's text stay as they are */
	struct str after;		 /* the text behind the last part */
	struct str names[ACCESS_FIELDS]; /* json: the member's path, "request.remote_ip"; empty: none */
	struct access_part parts[ACCESS_PARTS_MAX];
	struct access_part inner[ACCESS_PARTS_MAX];
	size_t used;
	char memory[ACCESS_FORMAT_MAX]; /* the texts: so the struct must not be copied */
};

/*
 * Read "SYNTAX FORMAT"; without FORMAT it is the one that the server is shipped with, or the names that are known for
 * JSON. ERR_INVALID: it is none, or a client could shift its parts; `why` says it ("has no client address").
 */
ERR_CHECK enum err access_format_read(struct str text, struct access_format *out, char why[ACCESS_WHY_MAX]);

/* Whether a part of this class may have the byte. */
bool access_format_has(enum access_class class, char c);
