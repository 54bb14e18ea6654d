// What is written over HTTP.
#include <filesystem>
#include <stdexcept>

#include "core/history.h"
#include "faults/operations.h"

namespace hy::test {

namespace {

void people(Scene& s) { s.people(); }
void nobody(Scene&) {}

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

int64_t robots_of_user(Scene& s) { return s.number("SELECT COUNT(*) FROM robots WHERE owner_id = ?", {s.user.id}); }

void own_robot(Scene& s) {
    s.people();
    s.robot = s.world.robot(s.user.id, &s.key);
}
std::string robot_path(const Scene& s) { return "/ocms/robots/" + s.robot.public_id; }

void conversation(Scene& s) {
    s.people();
    const auto made =
        s.http_past("POST /ocms/conversations/", "", R"({"robot_id":")" + s.robot.public_id + R"(","title":"old"})");
    s.noted = made.text("id");
    s.talk(s.noted, 3);
}
std::string conversation_path(const Scene& s) { return "/ocms/conversations/" + s.noted; }

// ---- signing in -----------------------------------------------------------------------

Answer sign_in(Scene& s) { return s.http("POST /ocms/auth/weapp/token", "", R"({"code":"new-)" + s.tag + "\"}"); }
int64_t signed_in(Scene& s) {
    const std::string openid = "dev_new-" + s.tag;
    return s.number("SELECT COUNT(*) FROM weapp_identities WHERE openid = ?", {std::string_view(openid)});
}
void check_token(Scene& s, const Answer& answer) {
    const auto identity = s.world.services.standing.check(s.world.db, s.world.house, answer.text("access_token"));
    require(identity && std::to_string(identity->principal.id) == answer.text("user_id"), "the token is not good");
}

Answer refresh(Scene& s) {
    s.bearer.clear();
    return s.http("POST /ocms/auth/refresh", "", R"({"refresh_token":")" + s.refresh + "\"}");
}
int64_t refreshed(Scene& s) {
    return s.number("SELECT generation - 1 FROM token_families WHERE account_id = ?", {s.user.id});
}
// The old token comes again when its time of grace is over.
void stolen(Scene& s) {
    s.people();
    s.bearer.clear();
    s.http_past("POST /ocms/auth/refresh", "", R"({"refresh_token":")" + s.refresh + "\"}");
    s.world.clock.advance((s.config.auth.refresh_grace_seconds + 1) * 1000);
}
int64_t ended(Scene& s) {
    return s.number("SELECT COUNT(*) FROM token_families WHERE account_id = ? AND revoked_at IS NOT NULL", {s.user.id});
}

// ---- robots ---------------------------------------------------------------------------

void check_key(Scene& s, const Answer& answer) {
    const std::string key = answer.text("api_key");
    require(s.world.ask([&](db::Session& session) { return robots::find_by_api_key(session, key).has_value(); }),
            "the key that was answered opens nothing");
}
void busy_robot(Scene& s) {
    s.people();
    s.agent(s.conn);
    s.talk("c1", 2);
    // The robot's owner is who deletes it.
    const auto token = s.http_past("POST /ocms/auth/weapp/token", "", R"({"code":"the-owner-)" + s.tag + "\"}");
    const int64_t owner = s.number("SELECT MAX(id) FROM accounts");
    s.execute("UPDATE robots SET owner_id = ? WHERE id = ?", {owner, s.robot.id});
    s.bearer = token.text("access_token");
}
int64_t robot_deleted(Scene& s) {
    return s.number("SELECT COUNT(*) FROM robots WHERE id = ? AND deleted_at IS NOT NULL", {s.robot.id});
}

// ---- uploads --------------------------------------------------------------------------

Answer upload(Scene& s) {
    return s.http("POST /ocms/upload/file", "",
                  "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                  "Content-Type: text/plain\r\n\r\nwords\r\n--edge--\r\n",
                  "multipart/form-data; boundary=edge");
}
int64_t files_of_user(Scene& s) {
    return s.number("SELECT COUNT(*) FROM files WHERE owner_type = 0 AND owner_id = ?", {s.user.id});
}
// Every row has its bytes, and bytes without a row are those of a commit in doubt at most.
void check_bytes(Scene& s, const Answer&) {
    int64_t kept = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(s.config.files.path))
        kept += entry.is_regular_file();
    const int64_t rows = files_of_user(s);
    require(kept >= rows, "a file has lost its bytes");
    require(kept <= rows + (s.in_doubt ? 1 : 0), "bytes are left that no file knows");
}

Answer refused(Scene& s) {
    s.bearer = "nonsense";
    return s.http("GET /ocms/robots/", "", "");
}

int64_t titled(Scene& s) {
    return s.number("SELECT COUNT(*) FROM conversations WHERE account_id = ? AND title = 'new'", {s.user.id});
}
int64_t conversations_of_user(Scene& s) {
    return s.number("SELECT COUNT(*) FROM conversations WHERE account_id = ?", {s.user.id});
}
int64_t conversation_deleted(Scene& s) {
    return s.number("SELECT COUNT(*) FROM conversations WHERE account_id = ? AND deleted_at IS NOT NULL", {s.user.id});
}
int64_t history_cleared(Scene& s) {
    return s.number("SELECT COUNT(*) FROM ocms_heads WHERE account_id = ? AND cleared_n = last_n", {s.user.id});
}

// clang-format off
const Operation kOperations[] = {
    {"POST /ocms/auth/weapp/token", nobody, sign_in, signed_in, Again::same, false, 200, 200, check_token},
    {"POST /ocms/auth/refresh", people, refresh, refreshed, Again::same, false, 200, 200, check_token},
    {"POST /ocms/auth/refresh (a stolen token)", stolen, refresh, ended, Again::same, false, 401, 401},
    {"POST /ocms/robots/", people, [](Scene& s) { return s.http("POST /ocms/robots/", "", R"({"name":"new"})"); },
     robots_of_user, Again::more, false, 200, 200, check_key},
    {"PUT /ocms/robots/{robot_id}", own_robot,
     [](Scene& s) { return s.http("PUT /ocms/robots/{robot_id}", robot_path(s), R"({"name":"new","private":true})"); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM robots WHERE owner_id = ? AND name = 'new' AND is_private", {s.user.id}); }},
    {"DELETE /ocms/robots/{robot_id}", busy_robot,
     [](Scene& s) { return s.http("DELETE /ocms/robots/{robot_id}", robot_path(s), ""); }, robot_deleted,
     Again::same, false, 200, 404},
    {"POST /ocms/robots/{robot_id}/api-key", own_robot,
     [](Scene& s) { return s.http("POST /ocms/robots/{robot_id}/api-key", robot_path(s) + "/api-key", ""); },
     [](Scene& s) { return s.number("SELECT ver - 1 FROM robots WHERE id = ?", {s.robot.id}); }, Again::more, false, 200, 200,
     check_key},
    {"POST /ocms/conversations/", people,
     [](Scene& s) { return s.http("POST /ocms/conversations/", "", R"({"robot_id":")" + s.robot.public_id + "\"}"); },
     conversations_of_user, Again::more},
    {"PUT /ocms/conversations/{conversation_id}", conversation,
     [](Scene& s) { return s.http("PUT /ocms/conversations/{conversation_id}", conversation_path(s), R"({"title":"new"})"); },
     titled},
    {"DELETE /ocms/conversations/{conversation_id}", conversation,
     [](Scene& s) { return s.http("DELETE /ocms/conversations/{conversation_id}", conversation_path(s), ""); },
     conversation_deleted, Again::same, true, 200, 404},
    {"POST /ocms/upload/file", people, upload, files_of_user, Again::more, false, 200, 200, check_bytes},
    {"DELETE /ocms/chat/history/{user_id}", conversation,
     [](Scene& s) { return s.http("DELETE /ocms/chat/history/{user_id}", "/ocms/chat/history/" + std::to_string(s.user.id), ""); },
     history_cleared},
    {"GET /ocms/robots/ (a token that is none)", nobody, refused, nullptr, Again::more, true, 401, 401},
};
// clang-format on

}  // namespace

std::span<const Operation> http_operations() { return kOperations; }

}  // namespace hy::test
