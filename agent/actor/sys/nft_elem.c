/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of sets between bytes and a plain value, for whoever changes or reads a set. Sends nothing. */
#include "agent/actor/sys/nft_elem.h"

#include "agent/actor/sys/nft_wire.h"

void nft_elem_set(struct netlink_out *o, const char *table, const char *set)
{
	netlink_text(o, NFTA_SET_ELEM_LIST_TABLE, table);
	netlink_text(o, NFTA_SET_ELEM_LIST_SET, set);
}

size_t nft_elem_list(struct netlink_out *o)
{
	return netlink_nest(o, NFTA_SET_ELEM_LIST_ELEMENTS);
}

void nft_elem_put(struct netlink_out *o, const struct nft_elem *e)
{
	size_t element = netlink_nest(o, NFTA_LIST_ELEM);
	size_t key = netlink_nest(o, NFTA_SET_ELEM_KEY);

	netlink_bytes(o, NFTA_DATA_VALUE, e->key, e->key_len);
	netlink_nest_end(o, key);
	if (e->end)
		netlink_be32(o, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	if (e->time_ms > 0)
		netlink_be64(o, NFTA_SET_ELEM_TIMEOUT, e->time_ms);
	netlink_nest_end(o, element);
}

bool nft_elem_reply(const struct netlink_message *reply, struct view *list)
{
	struct view body = reply->body;
	struct netlink_attr elements;
	struct nfgenmsg header;

	if (!netlink_take_header(&body, &header, sizeof(header)) ||
	    !netlink_find(body, NFTA_SET_ELEM_LIST_ELEMENTS, &elements))
		return false;
	*list = elements.value;
	return true;
}

static bool read_one(struct view element, struct nft_elem *out)
{
	struct netlink_attr key, value, more;
	uint32_t flags = 0;

	if (!netlink_find(element, NFTA_SET_ELEM_KEY, &key) || !netlink_find(key.value, NFTA_DATA_VALUE, &value) ||
	    !netlink_get_bytes(&value, out->key, out->key_len))
		return false;
	if (netlink_find(element, NFTA_SET_ELEM_EXPIRATION, &more))
		(void)netlink_get_be64(&more, &out->time_ms);
	if (netlink_find(element, NFTA_SET_ELEM_FLAGS, &more))
		(void)netlink_get_be32(&more, &flags);
	out->end = flags & NFT_SET_ELEM_INTERVAL_END;
	return true;
}

bool nft_elem_next(struct view *list, uint8_t key_len, struct nft_elem *out)
{
	struct netlink_attr element;

	while (netlink_next_attr(list, &element)) {
		*out = (struct nft_elem){.key_len = key_len};
		if (read_one(element.value, out))
			return true;
	}
	return false;
}
