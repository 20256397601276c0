/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a device by its certificate and its row. What follows from the verdict is done by link_session.c. */
#include "server-stub/gateway/link_verdict.h"

#include "agent/base/clock.h"
#include "agent/base/hash.h"

#define GAP_SLACK_S 7200 /* clocks, and certificates are backdated */
#define APPROVAL_RETRY_S 60

const struct link_verdict link_verdict_hold = {
	.reason = "the store was restored from before this certificate; the device waits for approval",
	.hold = true,
	.retry_s = APPROVAL_RETRY_S,
};

/*
 * Whether a restored store cannot know of this certificate: it was issued after the backup was made. Those of before it
 * would be in the registry.
 */
static bool is_of_the_gap(const struct link *link)
{
	const struct links *links = link->links;
	int64_t issued_s = link->peer.identity.not_after_s - links->shared->fleet->cert_days * 86400;

	return links->known_us > 0 && issued_s > links->known_us / SECOND_US - GAP_SLACK_S;
}

/* By their ends, because the registry knows only the certificates in use. */
static struct link_verdict judge_unknown(const struct link *link, const struct registry_pass *p)
{
	if (link->peer.identity.not_after_s <= p->cert_not_after_s)
		return (struct link_verdict){.reason = LINK_VERDICT_OUTDATED, .superseded = true};
	if (is_of_the_gap(link))
		return link_verdict_hold;
	return (struct link_verdict){.reason = "the certificate is newer than those that are known here"};
}

struct link_verdict link_verdict(const struct link *link)
{
	const struct ticket_identity *who = &link->peer.identity;
	int64_t end_s = who->not_after_s + (int64_t)link->links->shared->conf->grace_days * 86400;
	struct registry_pass pass;
	enum err err = registry_device_pass(link->links->store, who->device, &pass);

	if (err == ERR_NOT_FOUND && is_of_the_gap(link))
		return link_verdict_hold;
	if (err == ERR_NOT_FOUND)
		return (struct link_verdict){.reason = "the device is not known here"};
	if (err != ERR_OK)
		return (struct link_verdict){.reason = "the service cannot look the device up now",
					     .retry_s = LINK_VERDICT_RETRY_S};
	if (pass.state == DEVICE_REVOKED)
		return (struct link_verdict){.reason = "the device was revoked", .revoked = true};
	if (pass.state != DEVICE_APPROVED)
		return (struct link_verdict){.reason = "the device waits for approval", .retry_s = APPROVAL_RETRY_S};
	if (!registry_pass_uses(&pass, who->serial))
		return judge_unknown(link, &pass);
	if (clock_now().wall_us / SECOND_US > end_s)
		return (struct link_verdict){.reason = "the certificate expired too long ago"};
	return (struct link_verdict){.reason = NULL, .seen_us = pass.last_seen_us, .group = hash_name(pass.group)};
}
