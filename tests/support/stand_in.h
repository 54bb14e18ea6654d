// A third party on loopback: somebody's webhook, an AI provider, a gateway for SMS. It writes down what it is asked
// and answers as it is told.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hy::test {

struct Asked {
    std::string method, path;
    std::map<std::string, std::string> headers;  // names in lowercase
    std::string body;
    std::string header(const std::string& name) const {
        const auto at = headers.find(name);
        return at == headers.end() ? std::string() : at->second;
    }
};

struct Told {
    int status = 200;
    std::string body = R"({"code":0})";
    int after_ms = 0;
    // In place of the body: each goes out by itself, and `before` is asked first, with its place; false ends it there.
    std::vector<std::string> pieces = {};
    std::function<bool(size_t)> before = {};
};

class StandIn {
public:
    // `answer` is called by several threads at once.
    explicit StandIn(std::function<Told(const Asked&)> answer = {});
    ~StandIn();
    std::string url() const;  // "http://127.0.0.1:<port>"
    std::vector<Asked> asked() const;
    size_t count() const { return asked().size(); }

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace hy::test
