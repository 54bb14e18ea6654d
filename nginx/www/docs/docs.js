// Which API is shown: the one that the address names (?api=ocms, or /ocms/docs), or a list of all.
(function () {
  var links = Array.from(document.querySelectorAll('nav a'));
  var wanted = new URLSearchParams(location.search).get('api');
  var path = location.pathname.replace(/\/docs\/?$/, '');
  var link = links.find(function (one) { return wanted ? one.dataset.api === wanted : path !== '' && one.dataset.prefix === path; });
  document.getElementById('all').hidden = !!link;
  document.getElementById('ui').hidden = !link;
  if (!link) return;
  link.setAttribute('aria-current', 'page');
  document.title = '鸿雁 API: ' + link.dataset.api;
  SwaggerUIBundle({ url: '/docs/' + link.dataset.api + '.json', dom_id: '#ui', deepLinking: true, tryItOutEnabled: true, validatorUrl: null });
})();
