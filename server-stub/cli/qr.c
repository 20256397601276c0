/* SPDX-License-Identifier: Apache-2.0 */
/* Draws and prints; what is drawn may be a secret, so nothing of it stays in memory. */
#include "server-stub/cli/qr.h"

#include "agent/base/key.h"

#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LIBRARY "libqrencode.so.4"
#define LEVEL_L 0 /* a screen has no stains: the least redundancy */
#define MODE_8 2  /* bytes */
#define DRAWN_MAX 16384

/* What qrencode.h of version 4 calls QRcode. */
struct code {
	int version, width;
	unsigned char *modules;
};

/* -- drawing -- */

unsigned qr_columns(unsigned width)
{
	return width + 2 * QR_BORDER;
}

/* Both count from the border's corner, so what lies outside of the code is light. */
static bool is_dark(const uint8_t *modules, unsigned width, unsigned x, unsigned y)
{
	if (x < QR_BORDER || y < QR_BORDER || x - QR_BORDER >= width || y - QR_BORDER >= width)
		return false;
	return modules[(size_t)(y - QR_BORDER) * width + x - QR_BORDER] & 1;
}

void qr_draw(struct buf *out, const uint8_t *modules, unsigned width)
{
	static const char *const halves[] = {" ", "\u2580", "\u2584", "\u2588"};

	for (unsigned y = 0; y < qr_columns(width); y += 2) {
		buf_text(out, "\033[30;107m");
		for (unsigned x = 0; x < qr_columns(width); x++)
			buf_text(out, halves[is_dark(modules, width, x, y) + 2 * is_dark(modules, width, x, y + 1)]);
		buf_text(out, "\033[0m\n");
	}
}

/* -- printing -- */

static bool speaks_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool yes = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

	if (locale)
		freelocale(locale);
	return yes;
}

/* Columns of the terminal at standard output; 0: it is none, or cannot show colours. */
static unsigned terminal_columns(void)
{
	const char *term = getenv("TERM");
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || !term || !term[0] || strcmp(term, "dumb") == 0 || !speaks_utf8())
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static enum err print(const struct code *code, unsigned columns)
{
	static char memory[DRAWN_MAX];
	struct buf drawn = buf_over(memory, sizeof(memory));
	unsigned width = code->width > 0 ? (unsigned)code->width : 0;
	enum err err;

	if (!code->modules || width == 0 || width > QR_WIDTH_MAX || qr_columns(width) > columns)
		return ERR_UNSUPPORTED;
	qr_draw(&drawn, code->modules, width);
	err = buf_check(&drawn);
	if (!err)
		fwrite(drawn.data, 1, drawn.len, stdout);
	key_wipe(memory, sizeof(memory));
	key_wipe(code->modules, (size_t)width * width);
	return err;
}

enum err qr_print(const char *text)
{
	struct code *(*encode)(const char *text, int version, int level, int mode, int exact_case);
	void (*release)(struct code * code);
	unsigned columns = terminal_columns();
	struct code *code = NULL;
	enum err err = ERR_NOT_FOUND;
	void *library;

	if (columns == 0)
		return ERR_UNSUPPORTED;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return ERR_NOT_FOUND;
	*(void **)&encode = dlsym(library, "QRcode_encodeString");
	*(void **)&release = dlsym(library, "QRcode_free");
	if (encode && release) {
		code = encode(text, 0, LEVEL_L, MODE_8, 1);
		err = code ? print(code, columns) : ERR_UNSUPPORTED;
	}
	if (code)
		release(code);
	dlclose(library);
	return err;
}
