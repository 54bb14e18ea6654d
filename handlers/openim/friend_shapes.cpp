#include "friend_shapes.h"

namespace hy::openim {

namespace {
void write_face(json::Writer& w, const profiles::Profile& face) {
    w.begin_object().field("userID", face.id).field("nickname", face.name).field("faceURL", face.avatar).end_object();
}
}  // namespace

Faces faces_of(db::Session& s, const std::vector<friends::Request>& list) {
    return faces_of(s, list, [](const friends::Request& r) {
        return std::vector{account_principal(r.from), account_principal(r.to)};
    });
}
Faces faces_of(db::Session& s, const std::vector<friends::Friend>& list) {
    return faces_of(s, list, [](const friends::Friend& f) {
        return std::vector{f.who, account_principal(f.operator_id)};
    });
}
Faces faces_of(db::Session& s, const std::vector<contacts::Blocked>& list) {
    return faces_of(s, list, [](const contacts::Blocked& b) { return std::vector{b.who}; });
}

void write_request(json::Writer& w, Faces& faces, const friends::Request& r) {
    const auto &from = faces[account_principal(r.from)], &to = faces[account_principal(r.to)];
    w.begin_object().field("fromUserID", from.id).field("fromNickname", from.name);
    w.field("fromFaceURL", from.avatar).field("toUserID", to.id).field("toNickname", to.name);
    w.field("toFaceURL", to.avatar).field("handleResult", static_cast<int>(r.state)).field("reqMsg", r.message);
    w.field("createTime", r.created_at).field("handleMsg", r.answer).field("handleTime", r.handled_at);
    w.end_object();
}

void write_friend(json::Writer& w, Faces& faces, const api::Call& call, const friends::Friend& f) {
    w.begin_object().field("ownerUserID", call.identity->public_id);
    write_face(w.key("friendUser"), faces[f.who]);
    w.field("addSource", f.source).field("operatorUserID", faces[account_principal(f.operator_id)].id);
    w.field("createTime", f.created_at).field("remark", f.remark);
    if (call.door == &kSdkDoor) w.field("isPinned", f.pinned).field("ex", f.ex);
    w.end_object();
}

void write_black(json::Writer& w, Faces& faces, const std::string& owner, const contacts::Blocked& b) {
    w.begin_object().field("ownerUserID", owner);
    write_face(w.key("blackUserInfo"), faces[b.who]);
    w.field("createTime", b.created_at).end_object();
}

}  // namespace hy::openim
