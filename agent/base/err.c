/* SPDX-License-Identifier: Apache-2.0 */
/* Names and texts of the one error type, and its values for errno(3). Pure. */
#include "agent/base/err.h"

#include <errno.h>

static const struct {
	const char *name;
	const char *text;
} errors[] = {
#define X(name, number, text) [number] = {#name, text},
	ERR_MAP(X)
#undef X
};

#define ERRORS_MAX ((int)(sizeof(errors) / sizeof(errors[0])))

const char *err_text(enum err err)
{
	return (int)err >= 0 && (int)err < ERRORS_MAX ? errors[err].text : "unknown error";
}

const char *err_name(enum err err)
{
	return (int)err >= 0 && (int)err < ERRORS_MAX ? errors[err].name : "UNKNOWN";
}

enum err err_from_errno(int number)
{
	switch (number) {
	case 0: return ERR_OK;
	case ENOENT:
	case ESRCH:
	case ENODEV: return ERR_NOT_FOUND;
	case EEXIST:
	case ENOTEMPTY: return ERR_EXISTS;
	case EACCES:
	case EPERM: return ERR_DENIED;
	case ENOSPC:
	case EDQUOT: return ERR_NO_SPACE;
	case EROFS: return ERR_READ_ONLY;
	case EBUSY:
	case EAGAIN: return ERR_BUSY;
	case ENOMEM:
	case ENOBUFS: return ERR_NO_MEMORY;
	case ENOSYS:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT: return ERR_UNSUPPORTED;
	case EINVAL: return ERR_INVALID;
	case EMFILE:
	case ENFILE:
	case ENAMETOOLONG: return ERR_FULL;
	case ELOOP:
	case EISDIR:
	case ENXIO: return ERR_KIND;
	case ETIMEDOUT: return ERR_TIMEOUT;
	case EPIPE:
	case ECONNRESET: return ERR_CLOSED;
	default: return ERR_IO;
	}
}
