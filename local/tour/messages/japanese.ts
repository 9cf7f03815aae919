import type { Messages } from './message-types.ts';

export const japanese: Messages = {
  labels: {
    scene: (number, title) => `第 ${number} 幕　${title}`,
    question: '問い',
    failure: '仕掛けた失敗',
    naive: '素朴な店',
    mechanism: '仕組み',
    payment: '決済',
    next: 'Enter キーで次の幕へ進みます。',
    summary: 'すべての幕',
    passed: '表示のとおり',
    columns: ['幕', '題', '結果'],
  },
  balances: ['棚にある数', '販売できる数', '予約中', '引き当て済み'],
  orders: '注文サービス',
  inventory: '在庫サービス',
  naiveShop: {
    title: '素朴な店',
    question: '注文処理の途中で通信エラーが起きたら、どうなるでしょうか？',
    failure: 'メモリ上で動く素朴な店に、6 つの失敗を 1 つずつ起こします。',
    mechanism:
      '読む、請求する、書くの 3 つの手順がつながっていません。次の幕からは、同じ失敗を Stockbook に起こします。',
    heading: ['失敗', '残り', '販売数', '受け取った決済'],
    twoBuyers: '在庫 1、2 人が同時に購入',
    chargeResponseLost: '在庫 1、請求の応答が失われる',
    crashAfterCharge: '在庫 1、請求の直後に停止',
    leavesCheckout: '在庫 1、客が決済画面で立ち去る',
    refundUnavailable: '在庫 1、返金できないままキャンセル',
    twoDeliveries: '在庫 0、2 個と 3 個が同時に入荷',
  },
  oneOwner: {
    title: '真実の管理者は一人だけ',
    question: '在庫数を変えてよいのは誰でしょうか？',
    failure: '顧客が入荷を登録しようとします。署名のない呼び出しが在庫を予約しようとします。',
    mechanism:
      '在庫数を変えられるのは在庫サービスだけで、テーブルのポリシーがほかからの書き込みをすべて拒否します。',
    naive: (stock) =>
      `2 つのサービスが在庫数を書き換えます。2 個と 3 個が同時に入荷すると、在庫数は ${stock} になりました。`,
    attempts: ['試みたこと', 'HTTP ステータス'],
    receiptOfCustomer: '顧客による入荷の登録',
    unsignedReservation: '署名のない予約',
    products: ['サービス', 'そのサービスの商品'],
  },
  whenCountsFall: {
    title: '在庫数はいつ減るのか',
    question: '在庫数は、どの時点で減るのでしょうか？',
    failure: 'なし。1 個の商品の流れを追います。',
    mechanism:
      '販売できる数は予約した時点で減り、棚にある数は発送した時点で減ります。棚卸しと比べるのは棚にある数です。',
    naive:
      '数が 1 つしかありません。注文から発送までの間は棚の数と食い違うので、棚を数えても確かめられません。',
    moment: '時点',
    movement: '入出庫の記録',
    received: '3 個が入荷',
    reserved: '注文が 1 個を予約',
    confirmed: '注文が確定',
    shipped: '注文を発送',
  },
  reserveFirst: {
    title: 'まず予約する',
    question: '在庫がないのに決済してしまうことはないでしょうか？',
    failure: '最後の 1 個を 2 人が同時に注文します。',
    mechanism:
      '条件付きの書き込みが、決済を促す前に 1 人だけに在庫を確保し、もう 1 人にはすぐに在庫切れを返します。',
    naive: (sold, stock) => `${sold} 個を販売し、残りは ${stock} 個です。`,
    rejected: (status, code) =>
      `1 人が確保しました。もう 1 人には ${status} ${code} が返ります（申し訳ありません、在庫がなくなりました）。`,
  },
  abandonedCheckout: {
    title: '立ち去った客',
    question: '決済しなかった客の在庫は、誰が戻すのでしょうか？',
    failure: '客が 2 個を注文し、決済しません。',
    mechanism:
      '予約は「ある時刻まで」という記録です。その時刻を過ぎれば、何も書き込まれなくても販売できる数に戻ります。',
    naive: (stock) => `客は立ち去り、誰かが気づくまで販売できるのは ${stock} 個です。`,
    waits: (expiresAt) => `予約は ${expiresAt} までです。タイマーはありません。`,
    returned: (movements) =>
      `在庫が戻りました。入出庫の記録は ${movements} 件のままで、何の処理も動いていません。`,
  },
  lostResponse: {
    title: '通信エラー：応答が消えた',
    question: '処理が終わった後で通信が途切れたら、どうなるでしょうか？',
    failure: '同じ注文を 2 回送ります。さらに、決済の与信の応答が失われます。',
    mechanism:
      'リクエストごとにキーがあり、再送には最初の結果を返します。Saga は、決済をやり直す前に前の決済の結果を問い合わせます。',
    naive: (charges) => `1 個に対して ${charges} 回請求しました。`,
    sentTwice: (first, again) => `1 回目: ${first}\n2 回目: ${again}`,
    chargedOnce: '決済は 1 回、在庫数が減ったのも 1 回だけです。',
  },
  failingInventory: {
    title: '在庫サービスが転ぶ',
    question: '在庫サービスが処理に失敗したら、どうなるでしょうか？',
    failure: '在庫サービスが、注文確定イベントの処理に 2 回失敗します。',
    mechanism:
      '注文確定イベントはキューにあり、処理が成功するまで再送されます。二度届いても、在庫が二度減ることはありません。',
    naive: (charges, sold) =>
      `在庫を 1 回だけ呼び出し、そこで停止しました。決済は ${charges} 件、減った在庫は ${sold} 個です。`,
    failed: (delivery) => `${delivery} 回目の配信: 失敗`,
    succeeded: (delivery) => `${delivery} 回目の配信: 処理完了`,
  },
  compensation: {
    title: '最終的に失敗したら',
    question: '在庫を最終的に引き当てられなかったら、どうなるでしょうか？',
    failure: '決済の与信の後で予約が取り消され、別の客がその 1 個を確保します。',
    mechanism:
      'Saga が補償トランザクションを実行し、返金（与信の取り消し）と在庫の解放をそれぞれ独立に行います。',
    naive: (charges, sold) => `決済 ${charges} 件を受け取ったまま、商品は ${sold} 個です。`,
    taken: (orderId, otherOrderId) =>
      `${orderId} は確定しましたが、予約を失いました。\n${otherOrderId} がその 1 個を確保しています。`,
    compensated: '注文はキャンセルされ、代金は受け取っていません。',
  },
  failingRefund: {
    title: '返金まで失敗したら',
    question: '補償そのものが失敗したら、どうなるでしょうか？',
    failure: '完了した注文をキャンセルしますが、返金が毎回失敗します。',
    mechanism:
      '取り消しきれなかった注文は「要対応」で止まり、アラームが人を呼びます。在庫の解放は返金を待ちません。',
    naive: (payments) =>
      `エラーはログに残るだけです。注文はキャンセルされ、決済 ${payments} 件を受け取ったままです。`,
    retried: 'Saga は返金を 5 回やり直します。これに 30 秒ほどかかります。',
    needsAttention: () => '在庫は戻りました。返金できなかったので、注文は人の対応を待ちます。',
    resumed: '返金できるようになり、スタッフが注文の取り消しを再開しました。',
  },
  writtenDrift: {
    title: '誰かがデータベースを書き換えた',
    question: 'それでも不整合が起きたら、どうするのでしょうか？',
    failure: '誰かが DynamoDB の残高に 2 個を直接足します。',
    mechanism:
      '棚卸し（照合）が、残高と入出庫の記録の合計を突き合わせ、理由を添えて検出事項とし、承認されたら直します。',
    naive: '数が 1 つしかなく、突き合わせる相手がありません。',
    found: ({ kind, subject, book, expected }) =>
      `${kind}: ${subject} の残高が、入出庫の記録の合計と一致しません。販売できる数は ${book} 個ですが、入出庫の記録の合計では ${expected} 個です。予約や操作の記録はすべて入出庫の記録と一致しているので、Stockbook の処理による変更ではありません。`,
    alert: (title, runbook) => `アラート: ${title}${runbook === undefined ? '' : `（${runbook}）`}`,
    repaired: (movement) => `人が承認しました。修正も入出庫の記録に残ります: ${movement}`,
  },
  physicalCount: {
    title: '棚を数える',
    question: '棚の実物と帳簿が食い違っていたら、どうするのでしょうか？',
    failure: '棚には 1 個少なく、2 度目に数えると 37 個多くあります。',
    mechanism:
      '許容範囲の差は、数えた時点の入出庫として記帳されます。それを超える差は人の承認を待ちます。',
    naive: '数えた値で上書きするので、数えている間に売れた分が消えます。',
    heading: ['', '帳簿', '実物', '差', '状態'],
    count: '棚卸し',
    waitsForApproval: (findingId) =>
      `${findingId} は人の判断を待ちます。ここでは数え間違いとして却下します。`,
  },
  automaticRepair: {
    title: '夜の自動修正',
    question: '自動で修正できるでしょうか？',
    failure: '自動修正を有効にし、ある残高に 2 個、別の残高に 50 個を足します。',
    mechanism:
      'autoRepair を有効にすると、上限の個数までの差は自動的に直し、それを超える差は人に任せます。',
    naive: '正しい数と誤った数を見分けられません。',
    left: '2 個の差は直りました。50 個の差は上限の 10 個を超えるので、人を待ちます。',
  },
  twoLocations: {
    title: '2 つの拠点',
    question: '1 つの拠点の在庫より多い注文は、受けられるのでしょうか？',
    failure: '客が 7 個を注文します。倉庫に 5 個、店舗に 5 個あります。',
    mechanism:
      '在庫を確保するトランザクションが、引き当てる拠点も選びます。全数がそろう拠点を優先し、なければ、できるだけ少ない拠点に分けます。',
    naive: (first, second) =>
      `2 つの在庫数を合計して 7 個を販売し、すべてを最初の拠点から引きます。残りは ${first} 個と ${second} 個です。`,
    shop: '店舗',
    moment: '販売可能数',
    inAll: '合計',
    received: '各拠点に 5 個ずつ入荷',
    ordered: (quantity) => `注文が ${quantity} 個を確保`,
    rejected: (status, code) => `さらに 4 個の注文には ${status} ${code} が返ります。`,
  },
  booksAgree: {
    title: '最終的に辻褄が合う',
    question: '不整合が残っていないと、どうして分かるのでしょうか？',
    failure: 'ここまでのすべて。',
    mechanism: '棚卸し（照合）が、在庫残高と入出庫の記録、注文と予約・決済を突き合わせます。',
    heading: ['記録', '検査した数'],
    noFindings: '食い違いはありません。検出事項は 0 件です。',
  },
};
