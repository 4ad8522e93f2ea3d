curl "https://your-domain.com/api/v1/enrollments?user_id=usr_lrn001&status=active" \
  -H "Authorization: Bearer <access_token>"
