// What is asked of the hook before something is said, and what its answer makes of it.
#include "base/text.h"
#include "core/hooks.h"
#include "core/third_parties.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::hooks {

http::Outgoing request(const House& house, const std::string& url, const std::string& body,
                       const std::string& delivery_id) {
    http::Outgoing call{.method = "POST", .url = url, .body = body};
    call.headers = {{"Content-Type", "application/json"}, {"X-Delivery-Id", delivery_id}};
    const std::string secret = read_secret_file(house.config.hooks.secret_file);
    for (auto& header : third_parties::signature(secret, house.clock.now_ms() / 1000, body))
        call.headers.push_back(std::move(header));
    return call;
}

std::string before_body(const House& house, const chat::Speaker& speaker, const chat::Address& address,
                        const chat::Said& said) {
    const auto& draft = said.draft;
    json::Writer w;
    w.begin_object().field("event", "before_send").field("sendID", speaker.id).field("senderNickname", speaker.name);
    w.field(address.type == 2 ? "groupID" : "recvID", address.id).field("clientMsgID", draft.client_no);
    w.field("isOnlineOnly", !said.stored);
    if (!draft.push.empty()) w.key("offlinePushInfo").raw(draft.push);
    write_content(w, house, draft.form, draft.raw, draft.content);
    w.end_object();
    return std::move(w).take();
}

void judge(const http::Answer& answer, chat::Said& said) {
    constexpr size_t kMostWords = 200;
    const auto value = answer.status / 100 == 2 ? json::parse(answer.body) : std::nullopt;
    const json::Value* code = value ? value->find("code") : nullptr;
    if (!code || !code->integer())
        throw Error(Fault::upstream, "hook.answer", "", "HTTP " + std::to_string(answer.status));
    if (*code->integer() != 0)
        throw Error(Fault::forbidden, "message.refused",
                    std::string(utf8_prefix(value->text_or("message"), kMostWords)));
    const json::Value* text = value->find("text");
    auto& draft = said.draft;
    if (!text || !text->string() || draft.content.kind != "text" || *text->string() == draft.content.text) return;
    // What its client wrote still says whether a repeat is the same.
    draft.written = draft.form + "\n" + draft.raw + "\n" + draft.content.to_json();
    draft.content.text = *text->string();
    // Every door has a form for words. Those for a push service may be the ones that were replaced.
    draft.form = "ocms";
    draft.raw.clear();
    draft.push.clear();
}

}  // namespace hy::hooks
