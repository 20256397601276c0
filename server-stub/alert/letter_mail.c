/* SPDX-License-Identifier: Apache-2.0 */
/* No text of a device reaches the head but in the subject, where all that is not printable ASCII becomes '?'. */
#include "server-stub/alert/letter_mail.h"

#include "agent/base/now.h"
#include "agent/base/require.h"
#include "server-stub/store/store.h"

#include <mbedtls/base64.h>

#include <string.h>
#include <time.h>

#define LINE_BYTES 57 /* become 76 characters (RFC 2045 6.8) */

void letter_mail_body(struct buf *b, struct str text)
{
	while (text.len > 0) {
		struct str part = str_sub(text, 0, LINE_BYTES);
		unsigned char line[LINE_BYTES * 2];
		size_t len;

		require(mbedtls_base64_encode(line, sizeof(line), &len, (const unsigned char *)part.data, part.len) ==
			0);
		buf_bytes(b, line, len);
		buf_text(b, "\r\n");
		text = str_sub(text, part.len, SIZE_MAX);
	}
}

/* RFC 5322 3.3; the names are English whatever the locale is. */
static void put_date(struct buf *b, int64_t wall_us)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t wall_s = (time_t)(wall_us / SECOND_US);
	struct tm tm;

	if (!gmtime_r(&wall_s, &tm))
		memset(&tm, 0, sizeof(tm));
	buf_printf(b, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0000\r\n", days + (size_t)3 * (unsigned)tm.tm_wday,
		   tm.tm_mday, months + (size_t)3 * (unsigned)tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		   tm.tm_sec);
}

static void put_subject(struct buf *b, const char *subject)
{
	buf_text(b, "Subject: ");
	for (size_t i = 0; subject[i] && i < 200; i++)
		buf_char(b, (char)(subject[i] >= ' ' && subject[i] <= '~' ? subject[i] : '?'));
	buf_text(b, "\r\n");
}

void letter_mail_head(const struct letter_mail *mail, struct courier_job *job)
{
	char head[LETTER_MAIL_HEAD_MAX];
	struct buf b = buf_over(head, sizeof(head));
	struct str to = str_from(mail->receivers);
	size_t at = str_find_back(str_from(mail->sender), STR("@"));

	put_date(&b, mail->wall_us);
	buf_printf(&b, "From: Caltrop <%s>\r\n", mail->sender);
	for (bool first = true; to.len > 0; first = false) {
		buf_text(&b, first ? "To: " : ",\r\n ");
		buf_put(&b, str_cut(&to, ' '));
	}
	buf_text(&b, "\r\n");
	put_subject(&b, mail->subject);
	buf_text(&b, "Message-ID: <");
	buf_hex(&b, mail->id, STORE_ID);
	buf_printf(&b, "@%s>\r\n", at == SIZE_MAX ? "caltrop" : mail->sender + at + 1);
	buf_text(&b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	require(!b.overflow && job->len + b.len <= sizeof(job->body));
	memmove(job->body + b.len, job->body, job->len);
	memcpy(job->body, head, b.len);
	job->len += (uint32_t)b.len;
}

/* As plain as almost all addresses are: what a mail server could take for something else is in none. */
static bool is_address(struct str text)
{
	size_t at = str_find_byte(text, '@');

	if (at == SIZE_MAX || at == 0 || at + 1 == text.len || text.len > 200)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if ((!plain && (c == '\0' || !strchr("._+-=@", c))) || (c == '@' && i != at))
			return false;
	}
	return true;
}

const char *letter_mail_wrong(const char *sender, const char *receivers)
{
	struct str to = str_from(receivers);

	if (!is_address(str_from(sender)))
		return "from has to be a mail address";
	do {
		if (!is_address(str_cut(&to, ' ')))
			return "to has to be mail addresses, with one blank between";
	} while (to.len > 0);
	return NULL;
}
