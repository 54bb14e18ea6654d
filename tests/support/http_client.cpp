#include "support/http_client.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include "base/text.h"

namespace hy::test {

namespace net = Poco::Net;

Answer http(const std::string& url, const std::string& method, const std::string& path, const Headers& headers,
            const std::string& body) {
    Answer answer;
    try {
        const Poco::URI uri(url);
        net::HTTPClientSession session(uri.getHost(), uri.getPort());
        session.setTimeout(Poco::Timespan(20, 0));
        net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
        for (const auto& [name, value] : headers) request.set(name, value);
        if (!body.empty() || method == "POST" || method == "PUT")
            request.setContentLength(static_cast<std::streamsize>(body.size()));
        session.sendRequest(request) << body << std::flush;
        net::HTTPResponse response;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
        for (const auto& [name, value] : response) answer.headers[lower(name)] = value;
        answer.status = response.getStatus();
    } catch (const Poco::Exception& fault) {
        answer.body = fault.displayText();
    }
    return answer;
}

Multipart one_file(const std::string& name, const std::string& mime, const std::string& bytes) {
    const std::string line = "----hongyan-test-boundary";
    return {"multipart/form-data; boundary=" + line,
            "--" + line + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                "\"\r\nContent-Type: " + mime + "\r\n\r\n" + bytes + "\r\n--" + line + "--\r\n"};
}

}  // namespace hy::test
