/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of one source, in their order. Some lines can be read only with those before them:
 *  - "last message repeated 3 times" is decoded as the line before it (repeat.h);
 *  - a daemon under runit, s6 or in a container writes its messages without its name. Whose they are is found out once
 *    for the source, by the first message, and never again: a line can not choose its reader. If that is not known,
 *    nothing without a name is read from this source. How containers and web servers begin does not count;
 *  - lines of syslog with a stamp that applications write, too (stamp_other.h), are read where the first line is one,
 *    with a process number, and then those with such a stamp alone;
 *  - entries of several lines (entry.h) are read where the first line is how one begins, and then nothing else is;
 *  - an access log is read by its declared format (access.h), and no more when its lines do not have it: of eight
 *    lines in a row, or of more than one in nine. Since clients may make odd lines, this is forgiven to a log of which
 *    32 lines in a row had it: it is set aside after 64 odd lines in a row, until 32 have it again. Without one it is
 * read in the formats that servers are shipped with, until a line shows that a client can write where these have the
 * address (http.h).
 */
#pragma once

#include "agent/sensors/log/access.h"
#include "agent/sensors/log/entry.h"
#include "agent/sensors/log/repeat.h"

#include <stdbool.h>
#include <stdint.h>

/* Who writes the messages without a name. */
enum stream_writer {
	STREAM_UNKNOWN = 0, /* no message has told */
	STREAM_NOBODY,	    /* a line with a name came first */
	STREAM_STRANGER,    /* a message that is not known came first */
	STREAM_NAMED,	    /* inside of a wrapping (unwrap.h) are whole log lines, with names */
	STREAM_SSHD,	    /* sshd -e, sshd -D */
};

/* What the settings declare of a source; nothing else is then read from it. */
enum stream_format {
	STREAM_AUTO = 0,
	STREAM_SYSLOG,	/* lines with a frame (syslog.h) and the program's name */
	STREAM_JSON,	/* Docker's json-file driver, journalctl -o json */
	STREAM_CRI,	/* containerd, CRI-O */
	STREAM_VERBOSE, /* journalctl -o verbose (entry.h) */
	STREAM_PRETTY,	/* journalctl -o json-pretty */
	STREAM_EXPORT,	/* journalctl -o export */
	STREAM_OF_SSHD, /* messages of sshd without its name, with a stamp or without */
};

#define STREAM_CONTRADICTIONS_MAX 3 /* lines in a row of another form, from which on the source is another one */

#define STREAM_UNPROVEN_MIN 8 /* failures without a proven address more than with one, from which on health says so */
#define STREAM_OTHERS_MIN 32  /* objects of an unknown JSON, from which on health says so */

#define STREAM_WRITERS 4 /* containers in one log whose writers are found out; those of others are not read */

/* Why a log is not read. */
enum stream_trouble {
	STREAM_READABLE = 0,
	STREAM_CONTRADICTED, /* its lines do not have the declared format */
	STREAM_DOUBTFUL,     /* none was declared, and the client may choose the first word of its lines */
	STREAM_UNPROVEN,     /* read, but failures in it have no address that is proven (http.h) */
	STREAM_OTHER_JSON,   /* objects that have not the members of any known log */
	STREAM_NAMELESS,     /* lines do not say who wrote them, and the first of them did not show it */
};

struct stream {
	struct repeat repeat; /* of an entry on several lines, its memory keeps the message */
	struct entry entry;
	uint8_t format;		  /* enum stream_format; set before the first line, or found by it */
	bool found_format;	  /* the first line showed it */
	uint8_t unfinished;	  /* enum unwrap_streams */
	uint8_t stamps;		  /* the form of its lines' stamps (stamp_other.h); 0: it is not known, or usual */
	uint8_t contradicted;	  /* lines in a row that do not have it, at most STREAM_CONTRADICTIONS_MAX */
	struct access_log access; /* how it is read, set by the caller before the first line */
	struct stream_fit {
		uint8_t odd;  /* lines without the declared format, less those with it; once proven, in a row */
		uint8_t even; /* lines with it in a row, as far as they are counted */
		bool proven;
	} fit;
	uint8_t trouble;  /* enum stream_trouble */
	uint8_t unproven; /* failures without a proven address, less those with one */
	uint8_t others;	  /* objects of another JSON before the first that is known */
	struct stream_found {
		uint32_t container; /* CRC-32C of its id; 0: no container's */
		uint8_t writer;	    /* enum stream_writer */
		bool unfinished;    /* the container's last message was long, and the next one may be its rest */
	} found[STREAM_WRITERS];    /* the first is for lines without a container */
};

/*
 * As sensor_decode(), for the source's next line, which may be a lost one (lines.h). *s must be zero before the first,
 * but for `format` and `access`. The event's strings are valid until the next call for any source.
 */
bool stream_decode(struct stream *s, struct str line, struct event *out);

/*
 * Whether the source has entries of several lines, whose last one may be whole only at the end. stream_decode() then
 * gives it for an empty line.
 */
bool stream_has_entries(const struct stream *s);

/*
 * Whether a line has a form that is read from this source: a frame, a wrapping, what the settings declare, or one that
 * says nothing (how services begin). It is the line that stream_decode() had last, and made no event of. For counts.
 */
bool stream_knows(const struct stream *s, struct str line);
