// WuKongIM's JSON-RPC frames and payloads: whatever comes, every request has an answer that is JSON, and what was said
// is said again to others as content.
#include "wire/wukongim_rpc.h"

#include "fuzz.h"
#include "json/value.h"
#include "wire/wukongim_payload.h"

namespace {

using namespace hy;
using namespace hy::wire::wukongim;
using fuzz::expect;

void expect_json(const std::string& text) {
    const auto value = json::parse(text);
    expect(value && value->object() && value->text_or("jsonrpc") == "2.0", "an answer is JSON-RPC");
}

void check_payload(std::string_view payload) {
    const Content content = content_of(payload);
    expect(content.kind == "text" || content.kind == "custom", "a kind that others know");
    const Content stored = Content::from_json(content.to_json());
    expect(stored.text == content.text && stored.at == content.at && stored.reply_to == content.reply_to,
           "content is kept");
    if (content.kind != "text") return;
    const Content again = content_of(payload_of(content));
    expect(again.text == content.text, "text is the same for its own kind");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view in(reinterpret_cast<const char*>(data), size);
    for (const auto& heard : rpc::decode(in)) {
        if (!heard.fault.empty()) expect_json(rpc::encode_error(heard.id, 0, heard.fault));
        else expect_json(rpc::encode_pong(heard.id));
        expect_json(rpc::encode(Connack{}, heard.id));
        if (const auto* send = std::get_if<Send>(&heard.packet)) {
            Recv recv;
            recv.channel_id = send->channel_id;
            recv.client_no = send->client_no;
            recv.payload = send->payload;
            const auto push = json::parse(rpc::encode(recv));
            expect(push && push->find("params")->text_or("channelId") == send->channel_id, "ids are kept");
            check_payload(send->payload);
        }
    }
    check_payload(in);
    return 0;
}
