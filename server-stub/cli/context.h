/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A context is a remembered login: the server, how it is recognised, and the operator's session. It is the file
 * $XDG_CONFIG_HOME/caltrop/NAME.json (0600; below ~/.config without the variable), replaced as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTEXT_PEM_MAX 16384
#define CONTEXT_URL_MAX 300

struct context {
	char name[64];
	char host[256]; /* without brackets */
	uint16_t port;
	char ca[CONTEXT_PEM_MAX]; /* PEM; "": the system's authorities, or the fingerprint alone */
	char fingerprint[65];	  /* SHA-256 of the server's certificate in hex; "": none */
	char user[64];
	char token[128];     /* "": logged out */
	char audit_head[96]; /* the last of the service's audit log that was seen, ROW:HASH; "": none */
};

/* Load the context that --context or CALTROP_CONTEXT names, or store it. Both return OPTS_GO_ON, or an exit status
 * after a message. With `must_exist` false an absent file gives an empty context. */
int context_load(struct context *c, bool must_exist);
int context_save(const struct context *c);

/* Call `each` for every context there is, by name, until it returns false; one that is damaged is said and left out.
 * Returns OPTS_GO_ON, or an exit status after a message. */
int context_each(bool (*each)(void *arg, const struct context *c), void *arg);

/* Remove the file of a context. Returns OPTS_GO_ON, or an exit status after a message. */
int context_remove(const struct context *c);

/* Write the path of the contexts' directory, and make it if there is none. False after a message. */
bool context_dir(char *out, size_t cap);

/* Read "https://host:port" or "host:port" into host and port; without a port it is 8444. False: it is neither. */
bool context_parse_server(struct context *c, const char *text);

/* Read a whole file, or standard input for "-", without its last line end; NUL-terminated. False after a message. */
bool context_read_file(const char *path, char *out, size_t cap);
