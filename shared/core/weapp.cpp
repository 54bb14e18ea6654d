#include "core/weapp.h"

#include <sstream>

#include "http/message.h"
#include "json/value.h"

namespace hy::weapp {

namespace {

constexpr const char* kFind = "SELECT account_id FROM weapp_identities WHERE appid = ? AND openid = ?";
constexpr const char* kInsert =
    "INSERT INTO weapp_identities (appid, openid, account_id, unionid, created_at) VALUES (?, ?, ?, ?, ?)";

const App& choose(const std::vector<App>& apps, const std::string& appid) {
    if (apps.empty()) throw Error(Fault::internal, "config", "", "weapp.apps_file names no app");
    if (appid.empty()) return apps.front();
    for (const auto& app : apps)
        if (app.id == appid) return app;
    throw Error(Fault::bad_request, "weapp.appid");
}

bool printable_ascii(const std::string& text, size_t most) {
    if (text.empty() || text.size() > most) return false;
    for (const char c : text)
        if (c <= 0x20 || c > 0x7E) return false;
    return true;
}

Person read_answer(const App& app, const http::Answer& answer) {
    const auto body = json::parse(answer.body);
    if (answer.status != 200 || !body || !body->object())
        throw Error(Fault::upstream, "weapp.away", "", "status " + std::to_string(answer.status));
    if (const int64_t fault = body->int_or("errcode"); fault != 0) {
        if (fault == -1) throw Error(Fault::upstream, "weapp.away", "", "errcode -1");
        throw Error(Fault::bad_request, "weapp.refused", body->text_or("errmsg", "errcode " + std::to_string(fault)));
    }
    Person person{app.id, body->text_or("openid"), body->text_or("unionid")};
    if (!printable_ascii(person.openid, 128)) throw Error(Fault::upstream, "weapp.away", "", "no openid in the answer");
    return person;
}

}  // namespace

std::vector<App> read_apps(const Config& config) {
    std::vector<App> apps;
    if (config.weapp.apps_file.empty()) return apps;
    std::istringstream lines(read_secret_file(config.weapp.apps_file));
    for (App app; lines >> app.id >> app.secret;) apps.push_back(app);
    return apps;
}

Person exchange(const House& house, const std::vector<App>& apps, http::CallGate& gate, const std::string& code,
                const std::string& appid) {
    if (house.config.weapp.provider == "dev") {
        if (!house.config.development()) throw Error(Fault::internal, "config", "", "weapp.provider dev in production");
        if (!printable_ascii(code, 100)) throw Error(Fault::bad_request, "weapp.refused", "invalid code");
        return {"dev", "dev_" + code, ""};
    }
    const App& app = choose(apps, appid);
    const http::CallPass pass(gate, "weapp.busy");
    const std::string url = house.config.weapp.base_url + "/sns/jscode2session?appid=" + http::percent_encode(app.id) +
                            "&secret=" + http::percent_encode(app.secret) + "&js_code=" + http::percent_encode(code) +
                            "&grant_type=authorization_code";
    std::string why;
    const auto answer = http::get(url, {}, &why);
    if (!answer) throw Error(Fault::upstream, "weapp.away", "", why);
    return read_answer(app, *answer);
}

accounts::Account account_of(db::Session& s, const House& house, const Person& person) {
    db::Rows rows = s.query(kFind, {person.appid, person.openid});
    if (rows.next())
        if (auto account = accounts::find(s, rows.integer(1))) return *account;
    auto account = accounts::create(s, house, "微信用户");
    try {
        const auto unionid = person.unionid.empty() ? std::optional<std::string_view>() : person.unionid;
        s.execute(kInsert, {person.appid, person.openid, account.id, db::nullable(unionid), house.clock.now_ms()});
    } catch (const db::Duplicate&) {
        throw db::Retry{};  // two first logins at once: the other's account is found now
    }
    return account;
}

}  // namespace hy::weapp
